"""The templates, compiled once, and the filters that write like Django's."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

STATUS_NAMES = {
    "pending": "Waiting for moderation",
    "published": "Published",
    "rejected": "Rejected",
}


def stars(value: float) -> Markup:
    full = max(0, min(5, round(Decimal(str(value)))))
    return Markup('<span class="stars" title="{} of 5">{}</span>').format(
        value, "★" * full + "☆" * (5 - full)
    )


def day(moment: datetime) -> str:
    """3 June 2026"""
    return f"{moment.day} {moment:%B %Y}"


def minute(moment: datetime) -> str:
    """3 Jun 2026, 4:05 p.m."""
    half = "a.m." if moment.hour < 12 else "p.m."
    clock = str(moment.hour % 12 or 12) + (f":{moment:%M}" if moment.minute else "")
    time = {"12 a.m.": "midnight", "12 p.m.": "noon"}.get(f"{clock} {half}", f"{clock} {half}")
    return f"{moment.day} {moment:%b %Y}, {time}"


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def query_with(query: Mapping[str, str], name: str, value: object) -> str:
    """The query string with one value changed; a change of order goes back to the first page."""
    changed = {**query, name: str(value)}
    if name == "sort":
        changed.pop("page", None)
    return "?" + urlencode(changed)


def environment() -> Environment:
    templates = Environment(
        loader=PackageLoader("reviews_service"),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    filters: dict[str, Any] = templates.filters
    filters.update(stars=stars, day=day, minute=minute, shortened=shortened)
    names: dict[str, Any] = templates.globals
    names.update(query_with=query_with, status_names=STATUS_NAMES)
    return templates


TEMPLATES = environment()


def rendered(template: str, **context: Any) -> str:
    return TEMPLATES.get_template(template).render(context)
