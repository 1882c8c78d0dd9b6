"""Reports written as SQL, because the ORM was slow that day. Run on SQLite and PostgreSQL."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from shop.utils import to_money

CATEGORY_REPORT = """
    SELECT category.id,
           category.name,
           COUNT(DISTINCT o.id)                              AS orders,
           COUNT(DISTINCT customer.id)                       AS customers,
           COUNT(DISTINCT CASE WHEN customer.tier = 'gold'
                               THEN customer.id END)         AS gold_customers,
           SUM(line.quantity)                                AS pieces,
           SUM(line.line_total)                              AS revenue,
           SUM(line.quantity * opinion.rating_sum) * 1.0
               / NULLIF(SUM(line.quantity * opinion.reviews), 0) AS weighted_rating
      FROM orders_orderline AS line
      JOIN orders_order AS o ON o.id = line.order_id
      JOIN catalog_product AS product ON product.id = line.product_id
      JOIN catalog_category AS category ON category.id = product.category_id
      JOIN customers_customer AS customer ON customer.id = o.customer_id
      JOIN payments_payment AS payment
        ON payment.order_id = o.id AND payment.status = 'succeeded'
      LEFT JOIN (SELECT review.product_id,
                        SUM(review.rating) AS rating_sum,
                        COUNT(*)           AS reviews
                   FROM reviews_review AS review
                  WHERE review.status = 'published' AND review.deleted_at IS NULL
                  GROUP BY review.product_id) AS opinion
        ON opinion.product_id = product.id
     WHERE o.placed_at >= %s
       AND o.placed_at < %s
       AND o.status IN ('paid', 'shipped', 'delivered')
     GROUP BY category.id, category.name
     ORDER BY revenue DESC, category.name
"""

BOUGHT_TOGETHER = """
    SELECT other.product_id, product.name, product.slug, COUNT(*) AS times
      FROM orders_orderline AS mine
      JOIN orders_orderline AS other
        ON other.order_id = mine.order_id AND other.product_id <> mine.product_id
      JOIN catalog_product AS product ON product.id = other.product_id
     WHERE mine.product_id = %s AND product.is_active
     GROUP BY other.product_id, product.name, product.slug
     ORDER BY times DESC, product.name
     LIMIT %s
"""


def _rows(sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def category_report(start: datetime, end: datetime) -> list[dict[str, Any]]:
    """One row per category with sales between the two instants, best seller first."""
    rows = _rows(CATEGORY_REPORT, [start, end])
    for row in rows:
        row["revenue"] = to_money(row["revenue"])
        rating = row["weighted_rating"]
        row["weighted_rating"] = None if rating is None else round(Decimal(str(rating)), 2)
    return rows


def bought_together(product_id: int, limit: int = 4) -> list[dict[str, Any]]:
    return _rows(BOUGHT_TOGETHER, [product_id, limit])


def stale_counters(limit: int = 50) -> list[dict[str, Any]]:
    """Products whose copied review count differs from the reviews."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.name, p.review_count, COUNT(r.id) AS counted"
            " FROM catalog_product p LEFT JOIN reviews_review r"
            " ON r.product_id = p.id AND r.status = 'published' AND r.deleted_at IS NULL"
            " GROUP BY p.id, p.name, p.review_count"
            " HAVING p.review_count <> COUNT(r.id) ORDER BY p.id LIMIT %s",
            [limit],
        )
        return [
            {"id": row[0], "name": row[1], "stored": row[2], "counted": row[3]}
            for row in cursor.fetchall()
        ]
