"""The JSON API: reading, writing and removing reviews."""

import json
import re

import pytest
from conftest import Shop

LIST = "/api/products/1/reviews"


def test_list_has_numbers_and_pages(shop: Shop) -> None:
    for rating in (5, 4, 4):
        shop.ada.writes(rating=rating)
    data = shop.visitor("GET", f"{LIST}?page_size=2&page=2").json()
    assert (data["count"], data["average"], data["pages"], data["page"]) == (3, 4.33, 2, 2)
    assert len(data["results"]) == 1


def test_answer_is_the_monoliths_to_the_byte(shop: Shop) -> None:
    """Keys, order, separators and escapes as written down from the monolith."""
    body = {"rating": 5, "title": " Groß ", "text": "Gut 🙂"}
    answer = shop.ada("POST", LIST, json=body)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00", "T", answer.content.decode())
    assert text == (
        '{"id": 1, "product_id": 1, "customer_id": 11, "author": "Ada", "rating": 5,'
        ' "title": "Gro\\u00df", "text": "Gut \\ud83d\\ude42", "status": "published",'
        ' "verified_purchase": true, "helpful_count": 0, "created": "T", "updated": "T"}'
    )
    assert answer.headers["Location"] == "/api/reviews/1"
    assert shop.visitor("GET", "/api/reviews/1").content == answer.content


def test_times_without_a_fraction_are_read(shop: Shop) -> None:
    """Django's SQLite writes no fraction when there is none."""
    shop.ada.writes()
    zone = "" if shop.url.startswith("sqlite") else "+00"
    shop.sql(f"UPDATE review SET created_at = '2026-01-02 03:04:05{zone}'")
    created = shop.visitor("GET", "/api/reviews/1").json()["created"]
    assert created == "2026-01-02T03:04:05+00:00"


def test_orders_and_nonsense_in_the_query(shop: Shop) -> None:
    for rating in (3, 5, 1):
        shop.ada.writes(rating=rating)

    def ratings(query: str) -> list[int]:
        results = shop.visitor("GET", f"{LIST}?{query}").json()["results"]
        return [review["rating"] for review in results]

    assert ratings("sort=best") == [5, 3, 1]
    assert ratings("sort=worst") == [1, 3, 5]
    assert ratings("sort=nonsense&page=x&page_size=0") == [1]
    assert ratings("page=99&page_size=2") == [3]


def test_author_and_address_are_kept_as_a_snapshot(shop: Shop) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9, 10.0.0.1"}
    shop.ada("POST", LIST, headers, json={"rating": 3, "text": "Fine."})
    shop.ada.writes()
    rows = shop.sql("SELECT author_name, author_email, ip_address FROM review ORDER BY number")
    assert [tuple(map(str, row)) for row in rows] == [
        ("Ada", "ada@example.com", "203.0.113.9"),
        ("Ada", "ada@example.com", "198.51.100.7"),
    ]


def test_keys_are_random_and_numbers_follow_what_was_copied(shop: Shop) -> None:
    first = shop.ada.writes()
    keys = {str(row[0]) for row in shop.sql("SELECT id FROM review")}
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f-]{16}", keys.pop())
    assert shop.ada.writes() == first + 1


def test_only_buyers_are_verified(shop: Shop) -> None:
    numbers = (shop.ada.writes(), shop.ben.writes())
    answers = [shop.visitor("GET", f"/api/reviews/{number}").json() for number in numbers]
    assert [answer["verified_purchase"] for answer in answers] == [True, False]


@pytest.mark.parametrize("product", [3, 99, 2**63, 10**30])
def test_products_not_on_sale_get_404_before_the_body_is_looked_at(
    shop: Shop, product: int
) -> None:
    path = f"/api/products/{product}/reviews"
    for answer in (shop.visitor("GET", path), shop.ada("POST", path, json={})):
        assert (answer.status_code, answer.json()) == (404, {"error": "not found"})


@pytest.mark.parametrize("rating", [0, 6, "five", None, True, 4.5, "²", "1" * 5000])
def test_every_wrong_field_is_named(shop: Shop, rating: object) -> None:
    body = {"rating": rating, "text": " ", "title": "x" * 121}
    answer = shop.ada("POST", LIST, json=body)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "bad input",
        "errors": {
            "rating": "a whole number from 1 to 5 is required",
            "text": "required",
            "title": "at most 120 characters",
        },
    }


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_what_no_database_stores_gets_400(shop: Shop, text: str) -> None:
    """The monolith answers 500."""
    answer = shop.ada("POST", LIST, content=json.dumps({"rating": 3, "text": text}))
    assert set(answer.json()["errors"]) == {"text"}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{", "not valid JSON"),
        ("[" * 10_000, "not valid JSON"),
        ("[]", "a JSON object is expected"),
    ],
)
def test_broken_json_gets_400(shop: Shop, content: str, error: str) -> None:
    assert shop.ada("POST", LIST, content=content).json()["errors"] == {"body": error}


def test_put_wants_everything_patch_only_something(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes()}"
    assert shop.ada("PUT", path, json={"rating": 1}).status_code == 400
    assert shop.ada("PATCH", path, json={"rating": 1}).json()["rating"] == 1
    body = {"rating": 2, "title": "t", "text": "x"}
    assert shop.ada("PUT", path, json=body).json()["title"] == "t"


def test_spam_waits_and_is_seen_by_author_and_staff_only(shop: Shop) -> None:
    number = shop.ada.writes("see https://example.org")
    everybody = (shop.visitor, shop.ben, shop.ada, shop.staff)
    answers = [caller("GET", f"/api/reviews/{number}").status_code for caller in everybody]
    assert answers == [404, 404, 200, 200]
    assert shop.ada("GET", "/api/me/reviews").json()["count"] == 1
    assert shop.visitor("GET", LIST).json()["count"] == 0


def test_edited_into_spam_waits_again_unless_by_staff(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes()}"
    body = {"text": "casino!"}
    assert shop.staff("PATCH", path, json=body).json()["status"] == "published"
    assert shop.ada("PATCH", path, json=body).json()["status"] == "pending"


def test_others_may_not_change_it(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes()}"
    for method in ("PUT", "PATCH", "DELETE"):
        answer = shop.ben(method, path, json={"rating": 1, "text": "x"})
        assert answer.status_code == 403


def test_deleted_is_gone_for_everybody_but_the_row_stays(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes()}"
    assert shop.ada("DELETE", path).status_code == 204
    for caller in (shop.visitor, shop.ada, shop.staff):
        assert caller("GET", path).status_code == 404
    assert shop.sql("SELECT COUNT(*) FROM review WHERE deleted_at IS NOT NULL") == [(1,)]


def test_staff_removes_for_good_and_the_votes_go_along(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes()}"
    shop.ben("POST", f"{path}/votes", json={})
    assert shop.ada("DELETE", f"{path}?hard=1").status_code == 403
    assert shop.staff("DELETE", f"{path}?hard=1").status_code == 204
    assert shop.sql("SELECT (SELECT COUNT(*) FROM review) + COUNT(*) FROM vote") == [(0,)]


def test_methods_are_those_of_the_monolith(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes()}"
    assert shop.visitor("POST", path).status_code == 401
    refused = shop.ada("POST", path)
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
    assert shop.visitor("GET", f"{path}/votes").headers["Allow"] == "POST, DELETE"
