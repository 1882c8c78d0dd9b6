from decimal import Decimal

from django.contrib.auth.models import User

from shop.customers.models import Address, Customer, FeatureFlag
from shop.customers.services import anonymize, tier_for, update_tier
from shop.orders.models import Order
from shop.reviews.models import Review
from shop.utils import is_feature_on
from tests.shop_case import ShopTestCase


class AccountTest(ShopTestCase):
    def test_new_user_gets_a_profile(self) -> None:
        user = User.objects.create_user("cleo@example.com", "cleo@example.com")
        self.assertEqual(user.customer.display_name, "cleo")

    def test_registration_logs_in(self) -> None:
        form = {"display_name": "Cleo", "email": "Cleo@Example.com", "password": "long enough"}
        response = self.client.post("/accounts/register", form, follow=True)
        self.assertContains(response, "Cleo")
        self.assertTrue(Customer.objects.filter(email="cleo@example.com").exists())

    def test_address_is_registered_once(self) -> None:
        form = {"display_name": "A", "email": "ada@example.com", "password": "long enough"}
        self.assertContains(self.client.post("/accounts/register", form), "registered already")

    def test_one_default_address(self) -> None:
        second = Address.objects.create(
            customer=self.ada, name="Ada", street="x", postcode="1", city="y", is_default=True
        )
        self.assertEqual(list(self.ada.addresses.filter(is_default=True)), [second])

    def test_addresses_of_others_are_out_of_reach(self) -> None:
        self.log_in(self.ben)
        self.assertEqual(self.client.get(f"/accounts/addresses/{self.home.pk}").status_code, 404)

    def test_wish_list_is_a_toggle(self) -> None:
        self.log_in(self.ada)
        self.client.post("/products/bowl/wish")
        self.assertEqual(list(self.ada.wishlist.all()), [self.bowl])
        self.client.post("/products/bowl/wish")
        self.assertFalse(self.ada.wishlist.exists())

    def test_csrf_token_is_required_on_forms(self) -> None:
        client = self.client_class(enforce_csrf_checks=True)
        client.force_login(self.ada.user)
        self.assertEqual(client.post("/products/bowl/wish").status_code, 403)

    def test_profile_keeps_preferences(self) -> None:
        self.log_in(self.ada)
        self.client.post("/accounts/profile", {"display_name": "Ada", "order_mail": ""})
        self.ada.refresh_from_db()
        self.assertFalse(self.ada.notification_preference.order_mail)


class TierTest(ShopTestCase):
    def test_borders(self) -> None:
        spent = [Decimal(amount) for amount in ("0", "499.99", "500", "2000")]
        self.assertEqual(
            [tier_for(amount) for amount in spent], ["standard", "standard", "silver", "gold"]
        )

    def test_tier_follows_paid_orders_only(self) -> None:
        order = self.buy((self.skillet, 1))
        Order.objects.filter(pk=order.pk).update(total=Decimal(600))
        self.assertEqual(update_tier(self.ada), "silver")
        Order.objects.filter(pk=order.pk).update(status="cancelled")
        self.assertEqual(update_tier(self.ada), "standard")


class AnonymizeTest(ShopTestCase):
    def test_no_name_is_left_anywhere(self) -> None:
        order = self.buy()
        self.write(self.ada)
        anonymize(self.ada)
        order.refresh_from_db()
        self.ada.refresh_from_db()
        review = Review.objects.get()
        self.assertEqual(order.status, "cancelled")
        self.assertEqual(order.ship_name, "deleted")
        self.assertEqual(
            (review.author_name, review.author_email, review.ip_address),
            ("A former customer", "", None),
        )
        self.assertFalse(self.ada.addresses.exists() or self.ada.notifications.exists())
        self.assertFalse(User.objects.get(pk=self.ada.user_id).is_active)

    def test_closing_the_account_logs_out(self) -> None:
        self.log_in(self.ada)
        self.client.post("/accounts/close")
        self.assertEqual(self.client.get("/api/whoami").status_code, 401)


class FlagTest(ShopTestCase):
    def test_row_overrides_the_setting(self) -> None:
        self.assertTrue(is_feature_on("reviews"))
        flag = FeatureFlag.objects.create(name="reviews", enabled=False)
        self.assertFalse(is_feature_on("reviews"))
        flag.delete()
        self.assertTrue(is_feature_on("reviews"))

    def test_testers_have_it_before_the_others(self) -> None:
        FeatureFlag.objects.create(name="express_checkout").testers.add(self.ada)
        self.assertTrue(is_feature_on("express_checkout", self.ada))
        self.assertFalse(is_feature_on("express_checkout", self.ben))

    def test_premoderation_makes_reviews_wait(self) -> None:
        FeatureFlag.objects.create(name="review_premoderation", enabled=True)
        self.assertEqual(self.write().status, "pending")
