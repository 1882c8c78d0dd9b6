import io
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.core.management import CommandError, call_command
from django.test import TransactionTestCase
from django.utils import timezone

from shop.cart.models import Cart
from shop.catalog.models import Product
from shop.notifications.models import OutboundMail
from shop.orders.models import Order
from shop.reports.models import DailySales
from shop.reviews.models import Review
from shop.reviews.services import cast_vote, moderate_many, remove_review
from shop.seeding import table_counts
from shop.shipping.models import Shipment
from tests.shop_case import ShopTestCase


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


class JobsTest(ShopTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.long_ago = timezone.now() - timedelta(days=100)

    def test_stale_carts_expire(self) -> None:
        fresh, stale = self.fill_cart((self.skillet, 1)), self.fill_cart((self.skillet, 1))
        Cart.objects.filter(pk=stale.pk).update(updated=self.long_ago)
        self.assertIn("1 carts expired", run("expire_carts"))
        fresh.refresh_from_db()
        self.assertEqual(fresh.status, Cart.Status.OPEN)

    def test_customers_are_reminded_of_their_cart_once(self) -> None:
        cart = self.fill_cart((self.skillet, 1))
        Cart.objects.filter(pk=cart.pk).update(updated=self.long_ago)
        self.assertIn("1 cart reminders", run("send_reminders"))
        self.assertIn("0 cart reminders", run("send_reminders"))
        self.assertIn("1 x Skillet", OutboundMail.objects.get().body)

    def test_buyers_are_asked_for_a_review_they_have_not_written(self) -> None:
        self.receive_parcel(self.buy((self.skillet, 1), (self.teapot, 1)))
        Shipment.objects.update(delivered_at=timezone.now() - timedelta(days=10))
        self.ada.notification_preference.review_mail = True
        self.ada.notification_preference.save()
        self.write(self.ada, product=self.skillet)
        self.assertIn("1 review reminders", run("send_reminders"))
        self.assertTrue(OutboundMail.objects.filter(subject="How is Teapot?").exists())

    def test_ratings_are_mended(self) -> None:
        review = self.write(self.ada, 5, "www.example.org")
        moderate_many([review.pk], self.staff.user, "published")
        cast_vote(review, self.ben, 1)
        Review.objects.update(helpful_count=7)
        self.assertIn("1 products and 1 reviews mended", run("recalculate_ratings"))
        self.skillet.refresh_from_db()
        self.assertEqual((self.skillet.review_count, self.skillet.rating_avg), (1, Decimal(5)))

    def test_reviews_hidden_long_ago_are_removed(self) -> None:
        review = self.write()
        remove_review(review, self.ada)
        self.assertIn("0 reviews removed", run("purge_reviews"))
        Review.objects.update(deleted_at=self.long_ago)
        self.assertIn("1 reviews removed", run("purge_reviews"))

    def test_nightly_report_is_stored_mailed_and_written(self) -> None:
        self.buy((self.skillet, 2))
        today = timezone.localdate()
        with tempfile.TemporaryDirectory() as folder:
            call_command(
                "nightly_report", day=str(today), output=Path(folder), stdout=io.StringIO()
            )
            text = (Path(folder) / f"categories-{today}.csv").read_text()
        self.assertIn("Pans,1,2,80.00", text)
        self.assertEqual(DailySales.objects.get().revenue, Decimal("80.00"))
        self.assertTrue(OutboundMail.objects.filter(recipient="staff@example.com").exists())

    def test_products_are_imported_and_changed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "products.csv"
            path.write_text(
                "sku,name,price,brand,category,tags\n"
                'HL-NEW,Kettle,"29,50",Dunnock,Pans,gift|new\n'
                "HL-BOWL,Bowl,11.00,Alder,Pans,\n"
            )
            self.assertIn("1 created, 1 changed", run("import_products", str(path)))
        kettle = Product.objects.get(sku="HL-NEW")
        self.assertEqual((kettle.price, kettle.tags.count()), (Decimal("29.50"), 2))
        self.bowl.refresh_from_db()
        self.assertEqual(self.bowl.price, Decimal("11.00"))

    def test_import_says_which_line_is_wrong_and_imports_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "products.csv"
            path.write_text("sku,name,price,brand,category\nA,A,1,B,Pans\nC,C,x,B,Pans\n")
            with self.assertRaisesRegex(CommandError, r"products\.csv:3: .*'x'"):
                run("import_products", str(path))
        self.assertFalse(Product.objects.filter(sku="A").exists())

    def test_staff_hears_of_sold_out_products(self) -> None:
        Product.objects.filter(pk=self.bowl.pk).update(sold_count=3)
        self.assertIn("1 products gone", run("check_stock"))
        self.assertEqual(self.staff.notifications.get().message, "Bowl is sold out")

    def test_old_parcels_count_as_delivered(self) -> None:
        order = self.buy()
        Order.objects.filter(pk=order.pk).update(status="shipped")
        Shipment.objects.update(shipped_at=self.long_ago)
        self.assertIn("1 orders delivered", run("confirm_deliveries"))

    def test_tiers_are_updated(self) -> None:
        Order.objects.filter(pk=self.buy().pk).update(total=Decimal(2500))
        self.assertIn("1 customers moved", run("update_tiers"))


class SeedTest(TransactionTestCase):
    """Flushing does not go together with the transaction around an ordinary test."""

    def fingerprint(self) -> list[tuple]:
        return list(
            Review.objects.order_by("created", "text").values_list(
                "created", "text", "rating", "author_name", "product__sku", "ip_address"
            )
        )

    def test_same_number_same_shop_and_counters_are_right(self) -> None:
        self.assertIn("log in as customer1@example.com / demo", run("seed", "--orders", "60"))
        first, counts = self.fingerprint(), table_counts()
        self.assertEqual(counts["orders_order"], 60)
        self.assertGreater(counts["reviews_review"], 20)
        self.assertIn("0 products and 0 reviews mended", run("recalculate_ratings"))
        with self.assertRaisesRegex(CommandError, "not empty"):
            run("seed")
        self.assertEqual(run("seed", "--if-empty"), "")
        self.assertTrue(self.client.login(username="customer1@example.com", password="demo"))
        run("seed", "--reset", "--orders", "60")
        self.assertEqual((self.fingerprint(), table_counts()), (first, counts))
