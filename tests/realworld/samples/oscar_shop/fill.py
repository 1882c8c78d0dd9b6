"""Makes the tables, and puts products and people into them."""

import django

django.setup()

from decimal import Decimal  # noqa: E402

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from oscar.apps.address.models import Country  # noqa: E402
from oscar.apps.catalogue.categories import create_from_breadcrumbs  # noqa: E402
from oscar.apps.catalogue.models import Product, ProductCategory, ProductClass  # noqa: E402
from oscar.apps.catalogue.reviews.models import ProductReview  # noqa: E402
from oscar.apps.partner.models import Partner, StockRecord  # noqa: E402

call_command("migrate", verbosity=0)
country = Country.objects.create(iso_3166_1_a2="GB", printable_name="United Kingdom", is_shipping_country=True)
kind = ProductClass.objects.create(name="Book", requires_shipping=True, track_stock=True)
partner = Partner.objects.create(name="Printer")
shelves = [create_from_breadcrumbs(f"Books > {name}") for name in ("Fiction", "Travel", "Cooking")]
staff = User.objects.create_superuser("staff", "staff@example.com", "a long password")
for number in range(1, 21):
    User.objects.create_user(f"reader{number}", f"reader{number}@example.com", "a long password")
for number in range(1, 25):
    book = Product.objects.create(
        title=f"Book No. {number}", upc=f"B{number}", product_class=kind, description=f"<p>{'Text. ' * number}</p>"
    )
    ProductCategory.objects.create(product=book, category=shelves[number % 3])
    StockRecord.objects.create(
        product=book, partner=partner, partner_sku=f"P{number}", price=Decimal(number), num_in_stock=50
    )
    ProductReview.objects.create(product=book, user=staff, score=4, title="Good", body="It can be read.", status=1)
