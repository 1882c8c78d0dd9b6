"""The nightly export to the warehouse that was switched off in 2023. Nothing imports this module."""

import ftplib
import io
import os

from django.db import connection

from shop.utils import xml_escape

HOST = os.environ.get("LEGACY_FTP_HOST", "ftp.invalid")


def export_reviews() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id, p.sku, r.legacy_score, r.text FROM reviews_review r"
            " JOIN catalog_product p ON p.id = r.product_id WHERE r.legacy_score IS NOT NULL"
        )
        rows = cursor.fetchall()
    items = [
        f'<review id="{pk}" sku="{xml_escape(sku)}" score="{score}">{xml_escape(text)}</review>'
        for pk, sku, score, text in rows
    ]
    return "<reviews>" + "".join(items) + "</reviews>"


def upload(document: str) -> None:
    with ftplib.FTP(HOST) as ftp:
        ftp.login("shop", os.environ.get("LEGACY_FTP_PASSWORD", ""))
        ftp.storbinary("STOR reviews.xml", io.BytesIO(document.encode()))


def run() -> None:
    upload(export_reviews())
