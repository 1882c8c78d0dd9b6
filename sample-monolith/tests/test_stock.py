from django.db import IntegrityError, transaction

from shop.inventory.models import StockAlert, StockRecord
from shop.inventory.services import put_back, receive, stock_by_warehouse, wait_for
from shop.notifications.models import Notification
from tests.shop_case import ShopTestCase


class StockTest(ShopTestCase):
    def test_available_is_what_is_not_reserved(self) -> None:
        self.teapot.stock_records.filter(warehouse=self.berlin).update(reserved=2)
        self.assertEqual(self.teapot.available_quantity, 1)
        self.assertEqual(stock_by_warehouse(self.teapot), {"BER": 1, "RTM": 0})

    def test_goods_received_are_booked(self) -> None:
        record = receive(self.bowl, self.berlin, 12)
        self.assertEqual(record.quantity, 12)
        self.assertEqual(record.movements.get().delta, 12)

    def test_waiting_customers_are_told_once(self) -> None:
        wait_for(self.bowl, self.ada.pk)
        receive(self.bowl, self.berlin, 1)
        receive(self.bowl, self.berlin, 1)
        self.assertEqual(Notification.objects.filter(kind="back_in_stock").count(), 1)
        self.assertIsNotNone(StockAlert.objects.get().notified_at)

    def test_waiting_twice_is_waiting_once(self) -> None:
        self.assertTrue(wait_for(self.bowl, self.ada.pk))
        self.assertFalse(wait_for(self.bowl, self.ada.pk))

    def test_put_back_reverses_every_sale_of_the_order(self) -> None:
        order = self.buy((self.skillet, 6), (self.teapot, 1))
        self.assertEqual(put_back(order), 7)
        self.assertEqual(self.skillet.available_quantity, 10)

    def test_database_refuses_more_reserved_than_there(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            StockRecord.objects.filter(product=self.bowl).update(reserved=1)

    def test_staff_books_goods_on_the_page(self) -> None:
        self.log_in(self.staff)
        form = {"product": "HL-BOWL", "warehouse": "BER", "quantity": 4}
        response = self.client.post("/backoffice/stock/receive", form, follow=True)
        self.assertContains(response, "Bowl: 4 in BER.")

    def test_low_stock_is_listed(self) -> None:
        self.log_in(self.staff)
        response = self.client.get("/backoffice/stock/?low")
        self.assertContains(response, "HL-TEAPOT")
        self.assertNotContains(self.client.get("/backoffice/stock/?low"), "HL-NONE")
