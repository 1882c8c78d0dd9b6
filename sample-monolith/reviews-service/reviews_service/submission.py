"""What customers send, checked as the monolith checks it."""

import json
import re
from typing import Any, cast

from reviews_service.errors import BadInputError

LONGEST_TITLE = 120
LONGEST_TEXT = 5000
LARGEST_NUMBER = 2**63 - 1

BLOCKED_WORDS = re.compile(r"\b(casino|viagra|crypto|http://|https://|www\.)", re.IGNORECASE)
NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a request body, or BadInputError."""
    try:
        data: object = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadInputError({"body": "not valid JSON"}) from error
    if not isinstance(data, dict):
        raise BadInputError({"body": "a JSON object is expected"})
    return cast("dict[str, Any]", data)


def clean_review(data: dict[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """``rating``, ``title`` and ``text``, checked; BadInputError names every field that is wrong."""
    errors: dict[str, str] = {}
    cleaned: dict[str, Any] = {}
    if "rating" in data or not partial:
        rating = stars(data.get("rating"))
        if rating is None:
            errors["rating"] = "a whole number from 1 to 5 is required"
        else:
            cleaned["rating"] = rating
    if "text" in data or not partial:
        text = str(data.get("text") or "").strip()
        if not text:
            errors["text"] = "required"
        elif len(text) > LONGEST_TEXT:
            errors["text"] = f"at most {LONGEST_TEXT} characters"
        cleaned["text"] = text
    if "title" in data or not partial:
        title = str(data.get("title") or "").strip()
        if len(title) > LONGEST_TITLE:
            errors["title"] = f"at most {LONGEST_TITLE} characters"
        cleaned["title"] = title
    for name in ("text", "title"):
        if NOT_STORABLE.search(cleaned.get(name, "")):
            errors.setdefault(name, "null characters and halves of surrogates are not allowed")
    if errors:
        raise BadInputError(errors)
    return cleaned


def stars(rating: object) -> int | None:
    """1 to 5, or None: digits in a string will do, true and 4.0 will not."""
    digits = str(rating)
    if isinstance(rating, bool) or not digits.isdecimal() or len(digits) > 1000:
        return None
    return int(digits) if 1 <= int(digits) <= 5 else None


def vote_value(body: bytes) -> int:
    """``value`` of a vote, 1 when it is left out; BadInputError."""
    value = json_object(body).get("value", 1)
    if not isinstance(value, int) or value not in {1, -1}:
        raise BadInputError({"value": "1 or -1 is required"})
    return int(value)


def looks_like_spam(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    shouting = len(letters) > 20 and sum(c.isupper() for c in letters) > 0.8 * len(letters)
    return bool(BLOCKED_WORDS.search(text)) or shouting
