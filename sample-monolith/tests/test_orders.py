from decimal import Decimal

from shop.orders.invoices import invoice_text
from shop.orders.models import Order, ReturnRequest
from shop.orders.services import WrongState, request_return, settle_return, ship_order
from shop.shipping.models import Shipment
from shop.utils import BadInput
from tests.shop_case import ShopTestCase


class FulfilmentTest(ShopTestCase):
    def test_parcel_gets_a_tracking_code_and_a_page(self) -> None:
        order = ship_order(self.buy((self.skillet, 2)), "staff")
        tracking = order.shipment.tracking
        self.assertRegex(tracking, r"^HL[0-9A-F]{10}$")
        self.assertContains(self.client.get(f"/shipping/track/{tracking}"), "2 × Skillet")

    def test_order_is_sent_once(self) -> None:
        order = ship_order(self.buy(), "staff")
        with self.assertRaises(WrongState):
            ship_order(order, "staff")

    def test_delivery_closes_order_and_shipment(self) -> None:
        order = self.receive_parcel(self.buy())
        self.assertEqual(order.status, Order.Status.DELIVERED)
        self.assertEqual(Shipment.objects.get().status, Shipment.Status.DELIVERED)

    def test_staff_sends_from_the_list(self) -> None:
        order = self.buy((self.skillet, 2), (self.teapot, 1))
        self.log_in(self.staff)
        self.assertContains(self.client.get("/backoffice/fulfilment/"), "3 pieces, 2 lines")
        self.client.post(f"/backoffice/fulfilment/ship/{order.number}")
        order.refresh_from_db()
        self.assertEqual(order.status, Order.Status.SHIPPED)

    def test_history_names_every_step(self) -> None:
        order = self.receive_parcel(self.buy())
        kinds = list(order.events.values_list("kind", flat=True))
        self.assertEqual(kinds, ["paid", "placed", "shipped", "delivered"])


class ReturnTest(ShopTestCase):
    def test_accepted_return_is_refunded_in_part(self) -> None:
        order = self.receive_parcel(self.buy((self.skillet, 3)))
        request = request_return(order.lines.get(), 1, "one too many")
        settle_return(request, accept=True, actor="staff")
        payment = order.payments.get()
        self.assertEqual(payment.refunded_amount, Decimal("40.00"))
        self.assertEqual(payment.status, "succeeded")

    def test_no_more_comes_back_than_was_sent(self) -> None:
        order = self.receive_parcel(self.buy((self.skillet, 2)))
        request_return(order.lines.get(), 1, "")
        with self.assertRaises(BadInput):
            request_return(order.lines.get(), 2, "")

    def test_nothing_comes_back_before_it_was_sent(self) -> None:
        with self.assertRaises(WrongState):
            request_return(self.buy().lines.get(), 1, "")

    def test_rejected_return_can_be_asked_for_again(self) -> None:
        order = self.receive_parcel(self.buy())
        settle_return(request_return(order.lines.get(), 1, ""), accept=False, actor="staff")
        request_return(order.lines.get(), 1, "please")
        self.assertEqual(ReturnRequest.objects.filter(status="open").count(), 1)


class InvoiceTest(ShopTestCase):
    def test_amounts_are_aligned_and_add_up(self) -> None:
        text = invoice_text(self.buy((self.skillet, 1)))
        self.assertIn("1 x Skillet" + " " * 44 + "40.00 EUR", text)
        self.assertRegex(text, r"Total +45\.40 EUR")

    def test_reorder_fills_the_cart(self) -> None:
        order = self.buy((self.skillet, 2))
        self.log_in(self.ada)
        response = self.client.post(f"{order.get_absolute_url()}reorder", follow=True)
        self.assertContains(response, "80.00 EUR")
