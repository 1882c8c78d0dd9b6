"""A small shop for every test: two customers, one member of staff, three products, stock."""

import json
import logging
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import TestCase

from shop.api.models import ApiToken
from shop.cart.models import Cart, Coupon
from shop.cart.services import add_to_cart
from shop.catalog.models import Brand, Category, Product
from shop.customers.models import Address, Customer
from shop.customers.services import register
from shop.inventory.models import StockRecord, Warehouse
from shop.orders.models import Order
from shop.orders.services import mark_delivered, place_order, ship_order
from shop.reviews.models import Review
from shop.reviews.services import submit_review
from shop.shipping.models import ShippingMethod


class ShopTestCase(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.ada = register("ada@example.com", "demo", "Ada")
        cls.ben = register("ben@example.com", "demo", "Ben")
        User.objects.create_user("staff@example.com", "staff@example.com", "demo", is_staff=True)
        cls.staff = Customer.objects.get(email="staff@example.com")
        cls.brand = Brand.objects.create(name="Alder", slug="alder")
        cls.kitchen = Category.objects.create(name="Kitchen", slug="kitchen")
        cls.pans = Category.objects.create(name="Pans", slug="pans", parent=cls.kitchen)
        cls.berlin = Warehouse.objects.create(code="BER", name="Berlin", priority=0)
        cls.rotterdam = Warehouse.objects.create(code="RTM", name="Rotterdam", priority=1)
        cls.skillet = cls.make_product("Skillet", "40.00", berlin=5, rotterdam=5)
        cls.teapot = cls.make_product("Teapot", "20.00", berlin=3)
        cls.bowl = cls.make_product("Bowl", "10.00")
        ShippingMethod.objects.create(
            code="standard", name="Parcel", base_price=Decimal("4.90"), per_kg=Decimal("0.50")
        )
        ShippingMethod.objects.create(
            code="express", name="Express", base_price=Decimal("9.90"), asks_carrier=True
        )
        Coupon.objects.create(code="WELCOME10", value=Decimal(10))
        cls.home = Address.objects.create(
            customer=cls.ada,
            name="Ada",
            street="Mill Lane 1",
            postcode="10115",
            city="Berlin",
            is_default=True,
        )

    @classmethod
    def make_product(cls, name: str, price: str, berlin: int = 0, rotterdam: int = 0) -> Product:
        product = Product.objects.create(
            name=name,
            slug=name.lower(),
            sku=f"HL-{name.upper()}",
            brand=cls.brand,
            category=cls.pans,
            price=Decimal(price),
            weight_grams=1000,
        )
        for warehouse, quantity in ((cls.berlin, berlin), (cls.rotterdam, rotterdam)):
            StockRecord.objects.create(product=product, warehouse=warehouse, quantity=quantity)
        return product

    def setUp(self) -> None:
        cache.clear()
        logging.disable(logging.ERROR)
        self.addCleanup(logging.disable, logging.NOTSET)

    # --- doing things -------------------------------------------------------------------------

    def fill_cart(self, *wanted: tuple[Product, int], customer: Customer | None = None) -> Cart:
        cart = Cart.objects.create(customer=customer or self.ada)
        for product, quantity in wanted:
            add_to_cart(cart, product, quantity)
        return cart

    def buy(self, *wanted: tuple[Product, int], token: str = "tok_visa") -> Order:
        cart = self.fill_cart(*(wanted or ((self.skillet, 1),)))
        return place_order(cart, self.ada, self.home, "standard", token)

    def receive_parcel(self, order: Order) -> Order:
        ship_order(order, "staff")
        mark_delivered(order)
        return order

    def write(
        self,
        customer: Customer | None = None,
        rating: int = 4,
        text: str = "Does what it should.",
        product: Product | None = None,
    ) -> Review:
        return submit_review(
            product or self.skillet,
            customer or self.ada,
            {"rating": rating, "title": "", "text": text},
            "198.51.100.7",
        )

    def log_in(self, customer: Customer) -> None:
        self.client.force_login(customer.user)

    def token_header(self, customer: Customer) -> dict[str, str]:
        token, _ = ApiToken.objects.get_or_create(customer=customer)
        return {"Authorization": f"Token {token.key}"}

    def call(
        self, method: str, path: str, body: Any = None, customer: Customer | None = None
    ) -> Any:
        """A JSON request, with a token when ``customer`` is given."""
        return self.client.generic(
            method,
            path,
            data="" if body is None else json.dumps(body),
            content_type="application/json",
            headers=self.token_header(customer) if customer else None,
        )
