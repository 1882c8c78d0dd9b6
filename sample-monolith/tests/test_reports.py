from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from shop.catalog.models import Product
from shop.orders.services import cancel_order
from shop.reports.queries import bought_together, category_report, stale_counters
from shop.reports.services import best_customers, close_day, review_activity
from tests.shop_case import ShopTestCase


class CategoryReportTest(ShopTestCase):
    def report(self):
        now = timezone.now()
        return category_report(now - timedelta(days=1), now + timedelta(days=1))

    def test_reviews_do_not_multiply_the_revenue(self) -> None:
        self.buy((self.skillet, 2), (self.teapot, 1))
        self.write(self.ada, 5)
        self.write(self.ben, 2)
        (row,) = self.report()
        self.assertEqual((row["name"], row["orders"], row["customers"]), ("Pans", 1, 1))
        self.assertEqual((row["pieces"], row["revenue"]), (3, Decimal("100.00")))
        self.assertEqual(row["weighted_rating"], Decimal("3.50"))

    def test_cancelled_orders_are_left_out(self) -> None:
        cancel_order(self.buy(), "no", "Ada")
        self.assertEqual(self.report(), [])

    def test_period_is_respected(self) -> None:
        self.buy()
        long_ago = timezone.now() - timedelta(days=400)
        self.assertEqual(category_report(long_ago, long_ago + timedelta(days=1)), [])

    def test_csv_for_staff(self) -> None:
        self.buy((self.skillet, 1))
        self.log_in(self.staff)
        response = self.client.get("/backoffice/reports/categories.csv")
        self.assertEqual(response["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn("Pans,1,1,1,40.00,", response.content.decode())


class FiguresTest(ShopTestCase):
    def test_day_is_closed_and_can_be_closed_again(self) -> None:
        self.buy((self.skillet, 2))
        self.write()
        close_day(timezone.localdate())
        sales = close_day(timezone.localdate())
        self.assertEqual((sales.orders, sales.pieces, sales.revenue), (1, 2, Decimal("80.00")))
        self.assertEqual(sales.new_reviews, 1)

    def test_best_customers_by_what_they_spent(self) -> None:
        self.buy((self.skillet, 2))
        (row,) = best_customers()
        self.assertEqual((row["display_name"], row["orders_count"]), ("Ada", 1))

    def test_review_activity_counts_buyers(self) -> None:
        self.buy((self.skillet, 1))
        self.write(self.ada)
        self.write(self.ben)
        (row,) = review_activity()
        self.assertEqual((row["number"], row["verified"]), (2, 1))

    def test_bought_together(self) -> None:
        self.buy((self.skillet, 1), (self.teapot, 1))
        (row,) = bought_together(self.skillet.pk)
        self.assertEqual((row["slug"], row["times"]), ("teapot", 1))

    def test_wrong_counters_are_found(self) -> None:
        self.write()
        self.assertEqual(stale_counters(), [])
        Product.objects.filter(pk=self.skillet.pk).update(review_count=9)
        (row,) = stale_counters()
        self.assertEqual((row["stored"], row["counted"]), (9, 1))

    def test_pages_are_for_staff(self) -> None:
        pages = ["", "reports/sales", "reports/categories", "reports/customers"]
        pages += ["reports/reviews", "reports/audit", "stock/", "fulfilment/", "fulfilment/returns"]
        self.log_in(self.ben)
        for page in pages:
            self.assertEqual(self.client.get(f"/backoffice/{page}").status_code, 403, page)
        self.log_in(self.staff)
        for page in pages:
            self.assertEqual(self.client.get(f"/backoffice/{page}").status_code, 200, page)
