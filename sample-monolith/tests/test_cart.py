from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from shop.cart.models import Cart, Coupon
from shop.cart.services import apply_coupon, merge_carts, refresh_prices
from shop.utils import BadInput
from tests.shop_case import ShopTestCase


class CartTest(ShopTestCase):
    def test_adding_twice_adds_up(self) -> None:
        cart = self.fill_cart((self.skillet, 1), (self.skillet, 2))
        self.assertEqual(cart.items.get().quantity, 3)
        self.assertEqual(cart.subtotal, Decimal("120.00"))

    def test_visitor_keeps_the_cart_when_logging_in(self) -> None:
        self.client.post("/cart/add/skillet", {"quantity": 2})
        self.client.post("/accounts/login", {"username": "ada@example.com", "password": "demo"})
        cart = Cart.objects.open().get(customer=self.ada)
        self.assertEqual(cart.item_count, 2)

    def test_merging_adds_to_the_cart_that_is_there(self) -> None:
        own = self.fill_cart((self.skillet, 1))
        visitor = Cart.objects.create(session_key="abc")
        visitor.items.create(product=self.skillet, quantity=2, unit_price=self.skillet.price)
        merge_carts("abc", self.ada)
        visitor.refresh_from_db()
        self.assertEqual(own.item_count, 3)
        self.assertEqual(visitor.status, Cart.Status.MERGED)

    def test_more_than_there_is_can_not_be_added(self) -> None:
        response = self.client.post("/cart/add/teapot", {"quantity": 4}, follow=True)
        self.assertContains(response, "Only 3 left.")

    def test_quantity_zero_removes_the_item(self) -> None:
        self.client.post("/cart/add/teapot", {"quantity": 1})
        self.client.post(f"/cart/update/{self.teapot.pk}", {"quantity": 0})
        self.assertContains(self.client.get("/cart/"), "Your cart is empty.")

    def test_changed_prices_are_taken_over(self) -> None:
        cart = self.fill_cart((self.skillet, 1), (self.teapot, 1))
        self.skillet.price = Decimal("42.00")
        self.skillet.save()
        self.assertEqual(refresh_prices(cart), 1)
        self.assertEqual(cart.subtotal, Decimal("62.00"))

    def test_coupon_of_a_category_counts_that_category_only(self) -> None:
        coupon = Coupon.objects.create(code="PANS50", value=Decimal(50))
        coupon.categories.add(self.kitchen)
        cart = self.fill_cart((self.skillet, 1))
        apply_coupon(cart, "PANS50")
        self.assertEqual(cart.discount, Decimal("0.00"))
        coupon.categories.add(self.pans)
        self.assertEqual(cart.discount, Decimal("20.00"))

    def test_old_and_used_up_coupons_are_refused(self) -> None:
        now = timezone.now()
        Coupon.objects.create(code="OLD", value=1, valid_until=now - timedelta(days=1))
        Coupon.objects.create(code="USED", value=1, max_uses=1, used_count=1)
        cart = self.fill_cart((self.skillet, 1))
        for code in ("OLD", "USED", "NONSENSE"):
            with self.subTest(code), self.assertRaises(BadInput):
                apply_coupon(cart, code)

    def test_amount_coupon_never_makes_the_total_negative(self) -> None:
        Coupon.objects.create(code="BIG", kind=Coupon.Kind.AMOUNT, value=Decimal(500))
        cart = self.fill_cart((self.teapot, 1))
        apply_coupon(cart, "BIG")
        self.assertEqual(cart.total, Decimal("0.00"))
