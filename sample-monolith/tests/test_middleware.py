from django.test import RequestFactory, SimpleTestCase, override_settings

from shop.shipping.models import ShippingMethod
from shop.shipping.services import find_method, quote
from shop.utils import (
    BadInput,
    chunked,
    client_ip,
    format_money,
    looks_like_spam,
    mask_email,
    parse_money,
    provider_client,
    to_money,
)
from tests.shop_case import ShopTestCase


class RequestIdTest(ShopTestCase):
    def test_given_id_is_kept_and_a_strange_one_replaced(self) -> None:
        given = self.client.get("/healthz", headers={"X-Request-ID": "abc-1"})
        self.assertEqual(given["X-Request-ID"], "abc-1")
        strange = self.client.get("/healthz", headers={"X-Request-ID": "a b;c"})
        self.assertRegex(strange["X-Request-ID"], r"^[0-9a-f]{32}$")


@override_settings(MAINTENANCE_MODE=True)
class MaintenanceTest(ShopTestCase):
    def test_pages_and_api_are_closed_health_is_not(self) -> None:
        page = self.client.get("/")
        self.assertEqual((page.status_code, page["Retry-After"]), (503, "120"))
        self.assertEqual(self.client.get("/api/products").json(), {"error": "maintenance"})
        self.assertEqual(self.client.get("/healthz").status_code, 200)

    def test_staff_may_come_in(self) -> None:
        self.log_in(self.staff)
        self.assertEqual(self.client.get("/").status_code, 200)


class MaintenanceSwitchTest(ShopTestCase):
    def test_staff_closes_and_opens_the_shop(self) -> None:
        visitor = self.client_class()
        self.log_in(self.staff)
        self.client.post("/backoffice/maintenance")
        self.assertEqual(visitor.get("/").status_code, 503)
        self.client.post("/backoffice/maintenance")
        self.assertEqual(visitor.get("/").status_code, 200)


class ShippingQuoteTest(ShopTestCase):
    def test_express_asks_the_carrier(self) -> None:
        method = find_method("express")
        self.assertEqual(quote(method, 2500, to_money(10), "DE"), to_money("6.90"))
        self.assertEqual(quote(method, 2500, to_money(10), "FR"), to_money("14.90"))

    def test_table_price_when_the_carrier_is_silent(self) -> None:
        self.addCleanup(provider_client.cache_clear)
        silent = {"url": "fake:", "key": "", "fake": "tests.test_middleware.silent"}
        provider_client.cache_clear()
        with self.settings(PROVIDERS={"carrier": silent}):
            price = quote(find_method("express"), 2500, to_money(10), "FR")
        self.assertEqual(price, to_money("9.90"))

    def test_unknown_method(self) -> None:
        ShippingMethod.objects.update(is_active=False)
        with self.assertRaises(BadInput):
            find_method("standard")


def silent(request):
    """A carrier that does not answer."""
    import httpx

    raise httpx.ConnectTimeout("no answer", request=request)


class UtilsTest(SimpleTestCase):
    def test_money(self) -> None:
        self.assertEqual(str(to_money("2.345")), "2.35")
        self.assertEqual(str(to_money(None)), "0.00")
        self.assertEqual(format_money(1234.5), "1,234.50 EUR")
        self.assertEqual(parse_money(" 12,30 "), to_money("12.30"))
        with self.assertRaises(BadInput):
            parse_money("twelve")

    def test_address_is_the_first_forwarded_one_or_nothing(self) -> None:
        for forwarded, address in (
            ("203.0.113.9, 10.0.0.1", "203.0.113.9"),
            ("2001:DB8::1", "2001:db8::1"),
            ("unknown", None),
            ("999.1.1.1", None),
        ):
            request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
            self.assertEqual(client_ip(request), address)

    def test_chunks(self) -> None:
        self.assertEqual(list(chunked(range(5), 2)), [[0, 1], [2, 3], [4]])

    def test_mask(self) -> None:
        self.assertEqual(mask_email("ada@example.com"), "a***@example.com")
        self.assertEqual(mask_email("nonsense"), "***")

    def test_spam(self) -> None:
        self.assertTrue(looks_like_spam("BUY NOW BUY NOW BUY NOW BUY"))
        self.assertFalse(looks_like_spam("NICE!"))
