from decimal import Decimal

from shop.catalog.models import Category, PriceChange, Product
from shop.reports.models import AuditEntry
from tests.shop_case import ShopTestCase


class ProductPagesTest(ShopTestCase):
    def test_front_page_lists_products(self) -> None:
        self.assertContains(self.client.get("/"), "Skillet")

    def test_category_shows_its_children(self) -> None:
        self.assertContains(self.client.get("/products/category/kitchen/"), "Teapot")

    def test_hidden_category_hides_its_products(self) -> None:
        Category.objects.filter(pk=self.pans.pk).update(is_visible=False)
        self.assertEqual(self.client.get("/products/skillet/").status_code, 404)

    def test_search_by_name_number_and_brand(self) -> None:
        for term in ("skill", "hl-skillet", "alder"):
            with self.subTest(term):
                self.assertContains(self.client.get("/products/search", {"q": term}), "Skillet")
        self.assertContains(self.client.get("/products/search?q=zzz"), "Nothing found.")

    def test_sorting_by_price(self) -> None:
        page = self.client.get("/products/?sort=cheap").content.decode()
        self.assertLess(page.index("Bowl"), page.index("Skillet"))

    def test_product_page_suggests_what_others_bought(self) -> None:
        self.buy((self.skillet, 1), (self.teapot, 1))
        response = self.client.get("/products/skillet/")
        self.assertContains(response, "Goes well with")
        self.assertContains(response, 'href="/products/teapot/"')

    def test_number_of_queries_of_the_product_page_does_not_grow_with_reviews(self) -> None:
        self.write(self.ada)
        self.client.get("/products/skillet/")
        with self.assertNumQueries(10):
            self.client.get("/products/skillet/")
        for _ in range(4):
            self.write(self.ben)
        with self.assertNumQueries(10):
            self.client.get("/products/skillet/")


class PriceTest(ShopTestCase):
    def test_change_is_noted_and_audited(self) -> None:
        self.skillet.price = Decimal("35.00")
        self.skillet.save()
        self.skillet.save()
        change = PriceChange.objects.get()
        self.assertEqual((change.old_price, change.new_price), (Decimal(40), Decimal(35)))
        self.assertEqual(AuditEntry.objects.get().action, "price.changed")


class QuerySetTest(ShopTestCase):
    def test_stock_and_review_numbers_as_columns(self) -> None:
        self.write(self.ada, 5)
        self.write(self.ben, 4)
        self.assertEqual(Product.objects.with_stock().get(sku="HL-SKILLET").available, 10)
        product = Product.objects.with_review_stats().get(sku="HL-SKILLET")
        self.assertEqual((product.shown_reviews, product.shown_average), (2, 4.5))

    def test_bought_by(self) -> None:
        self.buy((self.skillet, 1))
        self.assertEqual(list(Product.objects.bought_by(self.ada)), [self.skillet])
