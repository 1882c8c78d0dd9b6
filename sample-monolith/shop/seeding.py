"""Fills an empty shop. The same number of orders gives the same rows, on every machine."""

import gc
import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.text import slugify

from shop import seedwords as words
from shop.api.models import ApiToken
from shop.cart.models import Cart, CartItem, Coupon
from shop.catalog.models import Brand, Category, Product, ProductImage, Tag
from shop.customers.models import Address, Customer, FeatureFlag, LoyaltyEntry, WishlistItem
from shop.customers.services import tier_for
from shop.inventory.models import StockMovement, StockRecord, Warehouse
from shop.notifications.models import Notification, OutboundMail
from shop.orders.models import Order, OrderEvent, OrderLine
from shop.payments.models import Payment, Refund
from shop.reports.services import close_day
from shop.reviews.models import Review, Vote
from shop.shipping.models import Shipment, ShipmentLine, ShippingMethod
from shop.utils import to_money

LAST_DAY = datetime(2026, 6, 30, 18, 0, tzinfo=UTC)
HISTORY_DAYS = 720
PASSWORD = "demo"
BATCH = 2000
CENTS = Decimal("0.01")


def seed(orders: int, seed_number: int = 1) -> None:
    gc.disable()  # half a million live objects and no cycles: collecting costs a third of the time
    try:
        with transaction.atomic():
            Seeder(orders, random.Random(seed_number)).run()
    finally:
        gc.enable()


def table_counts() -> dict[str, int]:
    """Rows per table of the shop's own apps, in the order of the apps."""
    from django.apps import apps

    return {
        model._meta.db_table: model._default_manager.count()
        for config in apps.get_app_configs()
        if config.name.startswith("shop.")
        for model in config.get_models()
    }


@dataclass
class Seeder:
    order_count: int
    random: random.Random
    customers: list[Customer] = field(default_factory=list)
    addresses: dict[int, Address] = field(default_factory=dict)
    products: list[Product] = field(default_factory=list)
    records: dict[int, StockRecord] = field(default_factory=dict)
    methods: list[ShippingMethod] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)

    def run(self) -> None:
        self.make_staff()
        self.make_customers()
        self.make_catalogue()
        self.make_stock()
        self.make_offers()
        self.make_orders()
        self.make_payments()
        self.make_shipments()
        self.make_movements()
        self.make_reviews()
        self.make_wishes_and_carts()
        self.make_messages()
        self.count_again()

    def store(self, model: type[models.Model], rows: Iterable[models.Model]) -> list:
        return model._default_manager.bulk_create(rows, batch_size=BATCH)

    def moment(self, days_ago: float) -> datetime:
        return LAST_DAY - timedelta(days=days_ago, seconds=self.random.randrange(86_400))

    # --- people -------------------------------------------------------------------------------

    def make_staff(self) -> None:
        for name, superuser in (("admin", True), ("moderator", False)):
            user = User(
                username=f"{name}@example.com",
                email=f"{name}@example.com",
                password=make_password(PASSWORD, salt="seededshop"),
                is_staff=True,
                is_superuser=superuser,
                date_joined=LAST_DAY - timedelta(days=HISTORY_DAYS),
            )
            user.save()  # the signal makes the profile
            ApiToken.objects.create(
                customer=user.customer, key=f"demo-token-{name}", label="seed", created=LAST_DAY
            )

    def make_customers(self) -> None:
        number = max(20, self.order_count // 10)
        password = make_password(PASSWORD, salt="seededshop")
        joined = [self.moment(self.random.uniform(0, HISTORY_DAYS)) for _ in range(number)]
        users = self.store(
            User,
            [
                User(
                    username=f"customer{i}@example.com",
                    email=f"customer{i}@example.com",
                    password=password,
                    date_joined=joined[i - 1],
                )
                for i in range(1, number + 1)
            ],
        )
        self.customers = self.store(
            Customer,
            [
                Customer(
                    user=user,
                    email=user.email,
                    display_name=self.person(),
                    phone=f"+49 30 {self.random.randrange(10**6, 10**7)}",
                    marketing_opt_in=self.random.random() < 0.4,
                    created=user.date_joined,
                    updated=user.date_joined,
                )
                for user in users
            ],
        )
        addresses = self.store(Address, [self.address(customer) for customer in self.customers])
        self.addresses = {address.customer_id: address for address in addresses}
        self.store(
            ApiToken,
            [
                ApiToken(
                    customer=customer, key=f"demo-token-{i}", label="seed", created=customer.created
                )
                for i, customer in enumerate(self.customers, 1)
            ],
        )

    def person(self) -> str:
        first, last = self.random.choice(words.FIRST_NAMES), self.random.choice(words.LAST_NAMES)
        return f"{first} {last}"

    def address(self, customer: Customer) -> Address:
        country, postcode, city = self.random.choice(words.CITIES)
        return Address(
            customer=customer,
            name=customer.display_name,
            street=f"{self.random.choice(words.STREETS)} {self.random.randrange(1, 120)}",
            postcode=postcode,
            city=city,
            country=country,
            is_default=True,
            created=customer.created,
            updated=customer.created,
        )

    # --- goods --------------------------------------------------------------------------------

    def make_catalogue(self) -> None:
        brands = self.store(Brand, [Brand(name=n, slug=slugify(n)) for n in words.BRANDS])
        tags = self.store(Tag, [Tag(name=name) for name in words.TAGS])
        roots = self.store(
            Category,
            [
                Category(name=name, slug=slugify(name), position=position)
                for position, name in enumerate(words.CATEGORIES)
            ],
        )
        leaves = self.store(
            Category,
            [
                Category(name=name, slug=f"{root.slug}-{slugify(name)}", parent=root, position=i)
                for root in roots
                for i, name in enumerate(words.CATEGORIES[root.name])
            ],
        )
        number = min(400, max(40, self.order_count // 50))
        self.products = self.store(
            Product,
            [
                self.product(i, self.random.choice(leaves), self.random.choice(brands))
                for i in range(1, number + 1)
            ],
        )
        self.store(
            ProductImage,
            [
                ProductImage(
                    product=product,
                    url=f"/static/products/{product.sku.lower()}-{position}.jpg",
                    alt=product.name,
                    position=position,
                )
                for product in self.products
                for position in range(self.random.randrange(1, 4))
            ],
        )
        tagged, related = Product.tags.through, Product.related.through
        self.store(
            tagged,
            [
                tagged(product=product, tag=tag)
                for product in self.products
                for tag in self.random.sample(tags, self.random.randrange(0, 3))
            ],
        )
        self.store(
            related,
            [
                pair
                for one, other in zip(self.products[::2], self.products[1::2], strict=False)
                for pair in (
                    related(from_product=one, to_product=other),
                    related(from_product=other, to_product=one),
                )
            ],
        )

    def product(self, number: int, category: Category, brand: Brand) -> Product:
        noun = self.random.choice(words.NOUNS[category.parent.name])
        name = f"{self.random.choice(words.ADJECTIVES)} {noun}"
        created = self.moment(self.random.uniform(200, HISTORY_DAYS + 200))
        return Product(
            name=f"{name} No. {number}",
            slug=f"{slugify(name)}-{number}",
            sku=f"HL-{number:05d}",
            description=f"A {name.lower()} by {brand.name}. Made to be used, and to be mended.",
            brand=brand,
            category=category,
            price=Decimal(self.random.randrange(390, 12_990)) / 100,
            weight_grams=self.random.randrange(80, 4000),
            is_active=number % 37 != 0,
            created=created,
            updated=created,
        )

    def make_stock(self) -> None:
        warehouses = self.store(
            Warehouse,
            [
                Warehouse(code="BER", name="Berlin", priority=0),
                Warehouse(code="RTM", name="Rotterdam", country="NL", priority=1),
            ],
        )
        stock = self.store(
            StockRecord,
            [
                StockRecord(
                    product=product,
                    warehouse=warehouse,
                    quantity=0 if number % 41 == 0 else self.random.randrange(3, 3000),
                    created=product.created,
                    updated=LAST_DAY,
                )
                for number, product in enumerate(self.products, 1)
                for warehouse in warehouses
            ],
        )
        self.records = {
            record.product_id: record for record in stock if record.warehouse_id == warehouses[0].pk
        }

    def make_offers(self) -> None:
        self.methods = self.store(
            ShippingMethod,
            [
                ShippingMethod(
                    code="standard", name="Parcel", base_price=Decimal("4.90"), per_kg=CENTS * 50
                ),
                ShippingMethod(
                    code="express", name="Express", base_price=Decimal("9.90"), asks_carrier=True
                ),
                ShippingMethod(code="pickup", name="Collect it", base_price=Decimal("0.00")),
            ],
        )
        long_ago = LAST_DAY - timedelta(days=HISTORY_DAYS)
        Coupon.objects.create(code="WELCOME10", value=Decimal(10), valid_from=long_ago)
        Coupon.objects.create(
            code="FIVER",
            kind=Coupon.Kind.AMOUNT,
            value=Decimal(5),
            minimum=Decimal(30),
            valid_from=long_ago,
        )
        Coupon.objects.create(
            code="SPRING25",
            value=Decimal(25),
            valid_from=long_ago,
            valid_until=LAST_DAY - timedelta(days=60),
        )
        flag = FeatureFlag.objects.create(name="express_checkout", enabled=False)
        flag.testers.set(self.customers[:3])

    # --- orders -------------------------------------------------------------------------------

    def make_orders(self) -> None:
        popularity = [1 / (rank + 5) for rank in range(len(self.products))]
        baskets: list[list[tuple[Product, int]]] = []
        rows = []
        for number in range(1, self.order_count + 1):
            age = HISTORY_DAYS * (1 - number / self.order_count)
            customer = self.random.choice(self.customers)
            chosen = self.random.choices(
                self.products, popularity, k=self.random.choice([1, 1, 2, 2, 3, 4])
            )
            basket = [
                (product, self.random.choice([1, 1, 1, 2, 3])) for product in dict.fromkeys(chosen)
            ]
            baskets.append(basket)
            rows.append(self.order(number, customer, basket, age))
        self.orders = self.store(Order, rows)
        self.lines = self.store(
            OrderLine,
            [
                OrderLine(
                    order=order,
                    product=product,
                    name=product.name,
                    sku=product.sku,
                    quantity=quantity,
                    unit_price=product.price,
                    line_total=product.price * quantity,
                )
                for order, basket in zip(self.orders, baskets, strict=True)
                for product, quantity in basket
            ],
        )
        recent = [order for order in self.orders if (LAST_DAY - order.placed_at).days < 180]
        self.store(OrderEvent, [event for order in recent for event in self.events(order)])

    def order(
        self, number: int, customer: Customer, basket: list[tuple[Product, int]], age: float
    ) -> Order:
        placed = self.moment(age)
        address = self.addresses[customer.pk]
        subtotal = sum((product.price * quantity for product, quantity in basket), Decimal(0))
        shipping = Decimal("0.00") if subtotal >= 75 else Decimal("4.90")
        discount = to_money(subtotal / 10) if self.random.random() < 0.08 else Decimal("0.00")
        return Order(
            number=f"O-{placed:%y%m%d}-{number:08X}",
            customer=customer,
            status=self.status(age),
            email=customer.email,
            ship_name=address.name,
            ship_street=address.street,
            ship_postcode=address.postcode,
            ship_city=address.city,
            ship_country=address.country,
            subtotal=subtotal,
            discount=discount,
            shipping_cost=shipping,
            total=subtotal - discount + shipping,
            placed_at=placed,
            created=placed,
            updated=placed,
        )

    def status(self, age: float) -> str:
        if self.random.random() < 0.05:
            return Order.Status.CANCELLED
        if age > 6:
            return Order.Status.DELIVERED
        return Order.Status.SHIPPED if age > 2 else Order.Status.PAID

    def events(self, order: Order) -> list[OrderEvent]:
        kinds = {
            Order.Status.CANCELLED: ["placed", "paid", "cancelled"],
            Order.Status.PAID: ["placed", "paid"],
            Order.Status.SHIPPED: ["placed", "paid", "shipped"],
        }.get(order.status, ["placed", "paid", "shipped", "delivered"])
        return [
            OrderEvent(order=order, kind=kind, created=order.placed_at + timedelta(hours=20 * i))
            for i, kind in enumerate(kinds)
        ]

    def make_payments(self) -> None:
        cancelled = Order.Status.CANCELLED
        payments = self.store(
            Payment,
            [
                Payment(
                    order=order,
                    amount=order.total,
                    provider_reference=f"ch_{digest(order.number)}",
                    status=Payment.Status.REFUNDED
                    if order.status == cancelled
                    else Payment.Status.SUCCEEDED,
                    created=order.placed_at,
                    updated=order.placed_at,
                )
                for order in self.orders
            ],
        )
        self.store(
            Refund,
            [
                Refund(
                    payment=payment,
                    amount=payment.amount,
                    reason="cancelled",
                    provider_reference=f"re_{digest(payment.provider_reference)}",
                    created=payment.created + timedelta(hours=40),
                    updated=payment.created + timedelta(hours=40),
                )
                for payment in payments
                if payment.status == Payment.Status.REFUNDED
            ],
        )

    def make_shipments(self) -> None:
        shipments = self.store(Shipment, [self.shipment(order) for order in self.orders])
        by_order = {shipment.order_id: shipment for shipment in shipments}
        self.store(
            ShipmentLine,
            [
                ShipmentLine(shipment=by_order[line.order_id], line=line, quantity=line.quantity)
                for line in self.lines
            ],
        )

    def shipment(self, order: Order) -> Shipment:
        sent = order.status in {Order.Status.SHIPPED, Order.Status.DELIVERED}
        delivered = order.status == Order.Status.DELIVERED
        status = Shipment.Status.WAITING
        if order.status == Order.Status.CANCELLED:
            status = Shipment.Status.STOPPED
        elif sent:
            status = Shipment.Status.DELIVERED if delivered else Shipment.Status.SENT
        return Shipment(
            order=order,
            method=self.methods[0] if self.random.random() < 0.8 else self.methods[1],
            tracking=f"HL{digest(order.number)[:10].upper()}" if sent else "",
            status=status,
            shipped_at=order.placed_at + timedelta(hours=40) if sent else None,
            delivered_at=order.placed_at + timedelta(hours=60) if delivered else None,
            created=order.placed_at,
            updated=order.placed_at,
        )

    def make_movements(self) -> None:
        """Sales of the past; the stock itself is what is left today."""
        self.store(
            StockMovement,
            [
                StockMovement(
                    record=self.records[line.product_id],
                    order=line.order,
                    kind=StockMovement.Kind.SALE,
                    delta=-line.quantity,
                    created=line.order.placed_at,
                )
                for line in self.lines
                if line.order.status != Order.Status.CANCELLED
            ],
        )

    # --- opinions -----------------------------------------------------------------------------

    def make_reviews(self) -> None:
        moderator = User.objects.get(username="moderator@example.com")
        buyers: dict[tuple[int, int], datetime] = {}
        for line in self.lines:
            if line.order.status == Order.Status.DELIVERED and self.random.random() < 0.4:
                pair = (line.product_id, line.order.customer_id)
                buyers.setdefault(pair, line.order.placed_at)
        rows = [
            self.review(product_id, customer_id, since, True, moderator)
            for (product_id, customer_id), since in buyers.items()
        ]
        for _ in range(len(buyers) // 8):
            product, customer = (
                self.random.choice(self.products),
                self.random.choice(self.customers),
            )
            if (product.pk, customer.pk) not in buyers:
                since = self.moment(self.random.uniform(10, HISTORY_DAYS))
                rows.append(self.review(product.pk, customer.pk, since, False, moderator))
        rows.sort(key=lambda review: (review.created, review.product_id, review.customer_id))
        votes = [self.voters(review) for review in rows]
        for review, cast in zip(rows, votes, strict=True):
            review.helpful_count = sum(value for _, value in cast)
        reviews = self.store(Review, rows)
        self.store(
            Vote,
            [
                Vote(
                    review=review,
                    customer=customer,
                    value=value,
                    created=review.created + timedelta(hours=self.random.randrange(1, 900)),
                )
                for review, cast in zip(reviews, votes, strict=True)
                for customer, value in cast
            ],
        )

    def review(
        self, product_id: int, customer_id: int, since: datetime, verified: bool, moderator: User
    ) -> Review:
        customer = self.customer(customer_id)
        rating = self.random.choices([5, 4, 3, 2, 1], [45, 28, 13, 7, 7])[0]
        created = min(
            LAST_DAY, since + timedelta(days=5, seconds=self.random.randrange(20 * 86_400))
        )
        fate = self.random.random()
        review = Review(
            product_id=product_id,
            customer=customer,
            rating=rating,
            title=self.random.choice(words.OPENINGS[rating]) if self.random.random() < 0.6 else "",
            text=self.opinion(rating),
            verified_purchase=verified,
            author_name=customer.display_name,
            author_email=customer.email,
            ip_address=self.ip_address(),
            created=created,
            updated=created,
        )
        if (LAST_DAY - created).days > HISTORY_DAYS * 0.7:
            review.legacy_score = round(rating * 20 - self.random.random() * 15, 1)
        if fate < 0.03:
            review.status, review.text = Review.Status.PENDING, f"{review.text} {words.SPAM}"
        elif fate < 0.05:
            review.status = Review.Status.REJECTED
            review.moderated_by, review.moderated_at = moderator, created + timedelta(hours=9)
        elif fate < 0.07:
            review.deleted_at = min(LAST_DAY, created + timedelta(days=12))
        elif fate < 0.12:
            review.updated = min(LAST_DAY, created + timedelta(days=2))
        return review

    def customer(self, customer_id: int) -> Customer:
        return self.customers[customer_id - self.customers[0].pk]

    def opinion(self, rating: int) -> str:
        remarks = self.random.sample(words.REMARKS, self.random.randrange(1, 4))
        return " ".join([self.random.choice(words.OPENINGS[rating]), *remarks])

    def ip_address(self) -> str | None:
        if self.random.random() < 0.05:
            return None
        if self.random.random() < 0.15:
            return f"2001:db8::{self.random.randrange(1, 0xFFFF):x}"
        return f"198.51.{self.random.randrange(256)}.{self.random.randrange(1, 255)}"

    def voters(self, review: Review) -> list[tuple[Customer, int]]:
        if review.status != Review.Status.PUBLISHED:
            return []
        number = min(len(self.customers) // 4, self.random.choice([0, 0, 0, 1, 1, 2, 3, 5]))
        return [
            (customer, 1 if self.random.random() < 0.8 else -1)
            for customer in self.random.sample(self.customers, number)
            if customer.pk != review.customer_id
        ]

    # --- the rest -----------------------------------------------------------------------------

    def make_wishes_and_carts(self) -> None:
        wishers = self.random.sample(self.customers, len(self.customers) // 3)
        self.store(
            WishlistItem,
            [
                WishlistItem(customer=customer, product=product, added=self.moment(30))
                for customer in wishers
                for product in self.random.sample(self.products, 2)
            ],
        )
        touched = [self.moment(self.random.uniform(0, 25)) for _ in wishers[::2]]
        carts = self.store(
            Cart,
            [
                Cart(customer=customer, created=moment, updated=moment)
                for customer, moment in zip(wishers[::2], touched, strict=True)
            ],
        )
        self.store(
            CartItem,
            [
                CartItem(cart=cart, product=product, unit_price=product.price)
                for cart in carts
                for product in self.random.sample(self.products, 2)
            ],
        )

    def make_messages(self) -> None:
        order_type = ContentType.objects.get_for_model(Order)
        recent = self.orders[-max(10, self.order_count // 20) :]
        self.store(
            Notification,
            [
                Notification(
                    recipient=order.customer,
                    kind="order",
                    message=f"Thank you for order {order.number}",
                    content_type=order_type,
                    object_id=order.pk,
                    created=order.placed_at,
                    read_at=order.placed_at if self.random.random() < 0.6 else None,
                )
                for order in recent
            ],
        )
        self.store(
            OutboundMail,
            [
                OutboundMail(
                    recipient=order.email,
                    subject=f"Your order {order.number}",
                    body=f"Thank you for order {order.number}.",
                    status=OutboundMail.Status.SENT,
                    attempts=1,
                    sent_at=order.placed_at,
                    created=order.placed_at,
                    updated=order.placed_at,
                )
                for order in recent
            ],
        )

    def count_again(self) -> None:
        """The copies: counters of products, points and tiers of customers, closed days."""
        sold: Counter[int] = Counter()
        ratings: defaultdict[int, list[int]] = defaultdict(list)
        spent: defaultdict[int, Decimal] = defaultdict(Decimal)
        entries = []
        for line in self.lines:
            if line.order.status != Order.Status.CANCELLED:
                sold[line.product_id] += line.quantity
        for product_id, rating in Review.objects.visible().values_list("product_id", "rating"):
            ratings[product_id].append(rating)
        for product in self.products:
            stars = ratings[product.pk]
            product.sold_count, product.review_count = sold[product.pk], len(stars)
            if stars:
                product.rating_avg = to_money(Decimal(sum(stars)) / len(stars))
        Product.objects.bulk_update(
            self.products, ["sold_count", "review_count", "rating_avg"], batch_size=200
        )
        for order in self.orders:
            if order.status == Order.Status.CANCELLED:
                continue
            spent[order.customer_id] += order.total
            order.customer.loyalty_points += order.points_earned
            entries.append(
                LoyaltyEntry(
                    customer=order.customer,
                    order=order,
                    points=order.points_earned,
                    reason=f"Order {order.number}",
                    created=order.placed_at,
                )
            )
        self.store(LoyaltyEntry, entries)
        for customer in self.customers:
            customer.tier = tier_for(spent[customer.pk])
        Customer.objects.bulk_update(self.customers, ["loyalty_points", "tier"], batch_size=200)
        for days in range(14):
            close_day((LAST_DAY - timedelta(days=days)).date())


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
