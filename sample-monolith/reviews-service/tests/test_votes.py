"""Votes, one by one and many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Caller, Shop, person


def test_vote_is_created_then_changed_then_withdrawn(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes()}"
    answers = [shop.ben("POST", f"{path}/votes", json={"value": value}) for value in (1, 1, -1)]
    assert [(answer.status_code, answer.json()["helpful_count"]) for answer in answers] == [
        (201, 1),
        (200, 1),
        (200, -1),
    ]
    for _ in range(2):
        assert shop.ben("DELETE", f"{path}/votes").status_code == 204
        assert shop.visitor("GET", path).json()["helpful_count"] == 0


def test_votes_at_once_are_all_counted(shop: Shop) -> None:
    """The monolith loses some of them under PostgreSQL."""
    number = shop.ada.writes()
    voters = [Caller(shop.client, person(1000 + each, "Voter")) for each in range(40)]
    with ThreadPoolExecutor(10) as threads:
        answers = threads.map(lambda voter: voter("POST", f"/api/reviews/{number}/votes"), voters)
        assert {answer.status_code for answer in answers} == {201}
    assert shop.visitor("GET", f"/api/reviews/{number}").json()["helpful_count"] == 40


@pytest.mark.parametrize("value", ["up", 3, None, 1.0, False])
def test_nonsense_gets_400_and_a_missing_review_404(shop: Shop, value: object) -> None:
    number = shop.ada.writes()
    assert shop.ben("POST", f"/api/reviews/{number}/votes", json={"value": value}).json() == {
        "error": "bad input",
        "errors": {"value": "1 or -1 is required"},
    }
    answer = shop.ben("POST", "/api/reviews/99/votes", json={"value": value})
    assert answer.status_code == 404


def test_nobody_votes_on_their_own(shop: Shop) -> None:
    answer = shop.ada("POST", f"/api/reviews/{shop.ada.writes()}/votes", json={"value": 1})
    assert (answer.status_code, answer.json()["error"]) == (403, "nobody votes on their own review")
