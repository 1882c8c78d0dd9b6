import json

from shop.orders.models import Order
from shop.payments.models import Payment
from shop.payments.services import signature_of
from tests.shop_case import ShopTestCase


class WhoAmITest(ShopTestCase):
    def test_nobody_gets_401(self) -> None:
        self.assertEqual(self.client.get("/api/whoami").status_code, 401)

    def test_session_says_who_it_is(self) -> None:
        self.log_in(self.staff)
        expected = {
            "customer_id": self.staff.pk,
            "name": "staff",
            "email": "staff@example.com",
            "is_staff": True,
        }
        self.assertEqual(self.client.get("/api/whoami").json(), expected)

    def test_token_says_who_it_is(self) -> None:
        response = self.call("GET", "/api/whoami", customer=self.ben)
        self.assertEqual(response.json()["customer_id"], self.ben.pk)

    def test_login_gives_session_and_token(self) -> None:
        body = {"email": "ada@example.com", "password": "demo"}
        token = self.call("POST", "/api/login", body).json()["token"]
        self.assertEqual(self.client.get("/api/whoami").json()["name"], "Ada")
        self.call("POST", "/api/logout")
        self.assertEqual(self.client.get("/api/whoami").status_code, 401)
        response = self.client.get("/api/whoami", headers={"Authorization": f"Token {token}"})
        self.assertEqual(response.status_code, 200)

    def test_wrong_password_gets_401(self) -> None:
        body = {"email": "ada@example.com", "password": "wrong"}
        self.assertEqual(self.call("POST", "/api/login", body).status_code, 401)


class CatalogueApiTest(ShopTestCase):
    def test_search_and_category(self) -> None:
        self.assertEqual(self.call("GET", "/api/products?q=tea").json()["count"], 1)
        self.assertEqual(self.call("GET", "/api/products?category=pans").json()["count"], 3)
        self.assertEqual(self.call("GET", "/api/products?category=none").json()["count"], 0)

    def test_detail_and_stock(self) -> None:
        data = self.call("GET", f"/api/products/{self.skillet.pk}").json()
        self.assertEqual((data["price"], data["latest_reviews"]), ("40.00", []))
        stock = self.call("GET", f"/api/products/{self.skillet.pk}/stock").json()
        self.assertEqual(stock["warehouses"], {"BER": 5, "RTM": 5})

    def test_health(self) -> None:
        self.assertEqual(self.client.get("/healthz").json()["status"], "ok")


class ShoppingApiTest(ShopTestCase):
    def fill(self, quantity: int = 1) -> None:
        body = {"product_id": self.skillet.pk, "quantity": quantity}
        self.assertEqual(self.call("POST", "/api/cart/items", body, self.ada).status_code, 201)

    def test_cart_to_order_and_cancellation(self) -> None:
        self.fill(2)
        cart = self.call("GET", "/api/cart", customer=self.ada).json()
        self.assertEqual(cart["total"], "80.00")
        response = self.call("POST", "/api/cart/checkout", {"payment_token": "ok"}, self.ada)
        order = response.json()
        self.assertEqual((response.status_code, order["status"]), (201, "paid"))
        url = f"/api/orders/{order['number']}"
        self.assertEqual(self.call("GET", url, customer=self.ben).status_code, 404)
        cancelled = self.call("POST", f"{url}/cancel", {}, self.ada).json()
        self.assertEqual(cancelled["status"], "cancelled")
        again = self.call("POST", f"{url}/cancel", {}, self.ada)
        self.assertEqual(again.status_code, 409)

    def test_declined_card_gets_402(self) -> None:
        self.fill()
        body = {"payment_token": "tok_declined"}
        response = self.call("POST", "/api/cart/checkout", body, self.ada)
        self.assertEqual(response.status_code, 402)
        self.assertFalse(Order.objects.exists())

    def test_too_many_get_409_with_what_is_left(self) -> None:
        body = {"product_id": self.teapot.pk, "quantity": 4}
        response = self.call("POST", "/api/cart/items", body, self.ada)
        self.assertEqual((response.status_code, response.json()["left"]), (409, 3))

    def test_items_change_and_go(self) -> None:
        self.fill(2)
        url = f"/api/cart/items/{self.skillet.pk}"
        changed = self.call("PUT", url, {"quantity": 3}, self.ada).json()
        self.assertEqual(changed["subtotal"], "120.00")
        self.assertEqual(self.call("DELETE", url, customer=self.ada).json()["items"], [])

    def test_checkout_of_nothing_gets_409(self) -> None:
        response = self.call("POST", "/api/cart/checkout", {}, self.ada)
        self.assertEqual(response.status_code, 409)

    def test_flags_are_set_by_staff(self) -> None:
        url = "/api/flags/express_checkout"
        self.assertEqual(self.call("PUT", url, {"enabled": True}, self.ada).status_code, 403)
        self.call("PUT", url, {"enabled": True}, self.staff)
        self.assertTrue(self.call("GET", url).json()["enabled"])


class WebhookTest(ShopTestCase):
    def send(self, event: dict, signature: str | None = None):
        body = json.dumps(event)
        return self.client.post(
            "/payments/webhook",
            body,
            content_type="application/json",
            headers={"X-Signature": signature or signature_of(body.encode())},
        )

    def test_failed_charge_is_taken_over_once(self) -> None:
        order = self.buy()
        event = {"id": "evt_1", "type": "charge.failed", "reference": order.number}
        self.assertEqual(self.send(event).json(), {"handled": True})
        self.assertEqual(self.send(event).json(), {"handled": False})
        self.assertEqual(order.payments.get().status, Payment.Status.FAILED)

    def test_unsigned_events_are_refused(self) -> None:
        self.assertEqual(self.send({"id": "evt_2"}, "forged").status_code, 403)

    def test_event_without_a_type_is_refused(self) -> None:
        self.assertEqual(self.send({"id": "evt_3"}).status_code, 400)
