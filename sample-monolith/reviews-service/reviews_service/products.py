"""Products and purchases: replicas of the monolith's rows, never written here."""

from typing import NamedTuple

from reviews_service.database import Session
from reviews_service.errors import MissingError

ON_SALE = "SELECT id, slug, name FROM product WHERE id = %s AND on_sale"
ON_SALE_BY_SLUG = "SELECT id, slug, name FROM product WHERE slug = %s AND on_sale"
HAS_SLUG = "SELECT 1 FROM product WHERE id = %s AND slug = %s"
BOUGHT = """
    SELECT EXISTS (SELECT 1 FROM purchase WHERE customer_id = %s AND product_id = product.id)
      FROM product WHERE id = %s AND on_sale
"""
REPLICAS = """
    SELECT EXISTS (SELECT 1 FROM product), EXISTS (SELECT 1 FROM customer),
           EXISTS (SELECT 1 FROM review) OR EXISTS (SELECT 1 FROM vote)
           OR EXISTS (SELECT 1 FROM purchase)
"""


class Product(NamedTuple):
    id: int
    slug: str
    name: str


async def on_sale(session: Session, product_id: int) -> Product:
    """The product ``product_id``; MissingError when nobody can buy it."""
    row = await session.row(ON_SALE, product_id)
    if row is None:
        raise MissingError
    return Product(*row)


async def on_sale_by_slug(session: Session, slug: str) -> Product:
    row = await session.row(ON_SALE_BY_SLUG, slug)
    if row is None:
        raise MissingError
    return Product(*row)


async def bought_by(session: Session, product_id: int, customer_id: int) -> bool:
    """Whether the customer has bought the product; MissingError when it is not on sale."""
    row = await session.row(BOUGHT, customer_id, product_id)
    if row is None:
        raise MissingError
    return bool(row[0])


async def replicas(session: Session) -> dict[str, bool]:
    """Which replicas have rows. A shop without products or customers was not copied yet."""
    row = await session.row(REPLICAS)
    return {"product": bool(row and row[0]), "customer": bool(row and row[1])}
