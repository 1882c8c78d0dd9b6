from decimal import Decimal

from shop.cart.models import Cart, Coupon
from shop.cart.services import apply_coupon
from shop.customers.models import LoyaltyEntry
from shop.inventory.models import StockMovement
from shop.inventory.services import OutOfStock
from shop.notifications.models import OutboundMail
from shop.orders.models import Order
from shop.orders.services import EmptyCart, WrongState, cancel_order, place_order
from shop.payments.models import Payment, PaymentLog
from shop.payments.services import PaymentDeclined, ProviderDown
from tests.shop_case import ShopTestCase


class CheckoutTest(ShopTestCase):
    def test_order_is_paid_and_has_the_lines_of_the_cart(self) -> None:
        order = self.buy((self.skillet, 2), (self.teapot, 1))
        order.refresh_from_db()
        self.assertEqual(order.status, Order.Status.PAID)
        self.assertEqual(
            list(order.lines.values_list("sku", "quantity", "line_total")),
            [("HL-SKILLET", 2, Decimal("80.00")), ("HL-TEAPOT", 1, Decimal("20.00"))],
        )

    def test_shipping_is_free_from_a_certain_amount(self) -> None:
        self.assertEqual(self.buy((self.skillet, 2)).shipping_cost, Decimal("0.00"))

    def test_small_orders_pay_shipping_by_weight(self) -> None:
        order = self.buy((self.skillet, 1))
        self.assertEqual(order.shipping_cost, Decimal("5.40"))
        self.assertEqual(order.total, Decimal("45.40"))

    def test_payment_is_recorded_with_the_reference_of_the_provider(self) -> None:
        payment = Payment.objects.get(order=self.buy())
        self.assertEqual(payment.status, Payment.Status.SUCCEEDED)
        self.assertTrue(payment.provider_reference.startswith("ch_"))

    def test_stock_goes_down_and_movements_say_why(self) -> None:
        order = self.buy((self.skillet, 7))
        left = dict(self.skillet.stock_records.values_list("warehouse__code", "quantity"))
        self.assertEqual(left, {"BER": 0, "RTM": 3})
        movements = StockMovement.objects.filter(order=order)
        self.assertEqual(sorted(movements.values_list("delta", flat=True)), [-5, -2])

    def test_points_are_credited(self) -> None:
        order = self.buy((self.skillet, 2))
        self.ada.refresh_from_db()
        self.assertEqual(self.ada.loyalty_points, 8)
        self.assertEqual(LoyaltyEntry.objects.get(order=order).points, 8)

    def test_sold_count_of_the_product_follows(self) -> None:
        self.buy((self.skillet, 3))
        self.skillet.refresh_from_db()
        self.assertEqual(self.skillet.sold_count, 3)

    def test_coupon_is_taken_off_and_counted(self) -> None:
        cart = self.fill_cart((self.skillet, 2))
        apply_coupon(cart, "welcome10")
        order = place_order(cart, self.ada, self.home, "standard", "tok_visa")
        self.assertEqual(order.discount, Decimal("8.00"))
        self.assertEqual(Coupon.objects.get(code="WELCOME10").used_count, 1)

    def test_confirmation_is_sent_after_the_commit(self) -> None:
        with self.captureOnCommitCallbacks() as callbacks:
            order = self.buy()
        mail = OutboundMail.objects.get(recipient="ada@example.com")
        self.assertEqual(mail.status, OutboundMail.Status.QUEUED)
        for callback in callbacks:
            callback()
        mail.refresh_from_db()
        self.assertEqual(mail.status, OutboundMail.Status.SENT)
        self.assertIn(order.number, mail.body)

    def test_declined_card_leaves_nothing_behind_but_a_log(self) -> None:
        with self.assertRaises(PaymentDeclined):
            self.buy((self.skillet, 2), token="tok_declined")
        self.assertFalse(Order.objects.exists())
        self.assertFalse(StockMovement.objects.exists())
        self.assertEqual(self.skillet.available_quantity, 10)
        self.assertEqual(Cart.objects.get().status, Cart.Status.OPEN)
        self.assertEqual(PaymentLog.objects.get().kind, "declined")

    def test_silent_provider_rolls_back_too(self) -> None:
        with self.assertRaises(ProviderDown):
            self.buy(token="tok_error")
        self.assertFalse(Order.objects.exists())

    def test_what_sold_out_meanwhile_can_not_be_ordered(self) -> None:
        cart = self.fill_cart((self.teapot, 3))
        self.teapot.stock_records.filter(warehouse=self.berlin).update(quantity=2)
        with self.assertRaises(OutOfStock) as caught:
            place_order(cart, self.ada, self.home, "standard", "tok_visa")
        self.assertEqual((caught.exception.wanted, caught.exception.available), (3, 2))
        self.assertFalse(Order.objects.exists())

    def test_empty_cart_can_not_be_ordered(self) -> None:
        with self.assertRaises(EmptyCart):
            place_order(self.fill_cart(), self.ada, self.home, "standard", "tok_visa")

    def test_cart_is_ordered_once(self) -> None:
        cart = self.fill_cart((self.skillet, 1))
        place_order(cart, self.ada, self.home, "standard", "tok_visa")
        with self.assertRaises(EmptyCart):
            place_order(cart, self.ada, self.home, "standard", "tok_visa")

    def test_pages_lead_from_the_cart_to_the_order(self) -> None:
        self.log_in(self.ada)
        self.client.post("/cart/add/skillet", {"quantity": 1})
        self.assertContains(self.client.get("/cart/checkout"), "Mill Lane")
        form = {"address": self.home.pk, "method": "standard", "payment_token": "tok_visa"}
        response = self.client.post("/cart/checkout", form, follow=True)
        self.assertContains(response, "Order O-")
        self.assertContains(response, "45.40 EUR")

    def test_declined_card_is_said_on_the_page(self) -> None:
        self.log_in(self.ada)
        self.client.post("/cart/add/skillet", {"quantity": 1})
        form = {"address": self.home.pk, "method": "standard", "payment_token": "tok_declined"}
        response = self.client.post("/cart/checkout", form)
        self.assertContains(response, "declined", status_code=409)

    def test_address_of_somebody_else_is_refused(self) -> None:
        self.log_in(self.ben)
        self.client.post("/cart/add/skillet", {"quantity": 1})
        form = {"address": self.home.pk, "method": "standard", "payment_token": "tok_visa"}
        self.assertEqual(self.client.post("/cart/checkout", form).status_code, 400)


class CancellationTest(ShopTestCase):
    def test_cancelling_gives_back_money_stock_and_takes_points(self) -> None:
        order = self.buy((self.skillet, 7))
        cancel_order(order, "changed my mind", "Ada")
        self.ada.refresh_from_db()
        self.skillet.refresh_from_db()
        payment = order.payments.get()
        self.assertEqual(self.skillet.available_quantity, 10)
        self.assertEqual(self.skillet.sold_count, 0)
        self.assertEqual(payment.status, Payment.Status.REFUNDED)
        self.assertEqual(payment.refunded_amount, order.total)
        self.assertEqual(self.ada.loyalty_points, 0)

    def test_shipped_order_can_not_be_cancelled(self) -> None:
        order = self.receive_parcel(self.buy())
        with self.assertRaises(WrongState):
            cancel_order(order, "too late", "Ada")

    def test_nobody_sees_or_cancels_the_order_of_another(self) -> None:
        order = self.buy()
        self.log_in(self.ben)
        self.assertEqual(self.client.get(order.get_absolute_url()).status_code, 404)
        cancel = f"{order.get_absolute_url()}cancel"
        self.assertEqual(self.client.post(cancel).status_code, 404)

    def test_cancelling_leaves_an_audit_entry(self) -> None:
        order = self.buy()
        self.log_in(self.ada)
        self.client.post(f"{order.get_absolute_url()}cancel", {"reason": "too blue"})
        entry = self.ada.user.audit_entries.get()
        self.assertEqual((entry.action, entry.data["number"]), ("order.cancelled", order.number))
