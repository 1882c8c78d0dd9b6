"""The HTML pages of customers."""

import pytest
from conftest import Shop

LIST = "/products/skillet/reviews/"
GOOD = {"rating": "4", "title": "<i>", "text": "a & b"}


def test_list_shows_reviews_escaped_with_the_summary(shop: Shop) -> None:
    shop.ada("POST", f"{LIST}new", data=GOOD)
    page = shop.visitor("GET", f"{LIST}?sort=best&q=a%26b").text
    assert "<strong>&lt;i&gt;</strong>" in page
    assert "a &amp; b" in page
    assert "4.0 from 1 reviews" in page
    assert '<td>4 stars</td><td class="number">1</td>' in page
    assert '<a href="?sort=newest&amp;q=a%26b">newest</a>' in page
    assert "Write a review" not in page


def test_list_has_pages_and_no_others(shop: Shop) -> None:
    for _ in range(21):
        shop.ada.writes()
    last = shop.visitor("GET", f"{LIST}?page=last").text
    assert "Page 2 of 2" in last
    assert '<a href="?page=1">Back</a>' in last
    statuses = [
        shop.visitor("GET", f"{LIST}?page={page}").status_code for page in ("2", "3", "0", "x", "")
    ]
    assert statuses == [200, 404, 404, 404, 200]


def test_visitors_are_sent_to_the_login_and_back(shop: Shop) -> None:
    answer = shop.visitor("GET", f"{LIST}new?a=1")
    assert answer.headers["Location"] == f"/accounts/login?next={LIST}new%3Fa%3D1"
    assert shop.visitor("GET", "/products/bowl/reviews/new").status_code == 404


def test_second_review_is_an_edit_of_the_first(shop: Shop) -> None:
    written = shop.ada("POST", f"{LIST}new", data=GOOD)
    assert (written.status_code, written.headers["Location"]) == (302, LIST)
    assert '<li class="success">Thank you.</li>' in shop.ada("GET", LIST).text
    assert "Thank you." not in shop.ada("GET", LIST).text
    assert shop.ada("GET", f"{LIST}new").headers["Location"] == f"{LIST}1/edit"
    assert '<option value="4" selected>' in shop.ada("GET", f"{LIST}1/edit").text
    shop.ada("POST", f"{LIST}1/edit", data={**GOOD, "text": "Now I know better."})
    assert "Now I know better." in shop.visitor("GET", LIST).text
    assert shop.ben("GET", f"{LIST}1/edit").status_code == 403
    assert shop.ada("GET", "/products/teapot/reviews/1/edit").status_code == 404


def test_form_says_what_is_wrong_and_keeps_what_was_sent(shop: Shop) -> None:
    sent = {"rating": "9", "title": "x" * 121, "text": " "}
    answer = shop.ada("POST", f"{LIST}new", data=sent)
    assert answer.status_code == 200
    assert "Select a valid choice. 9 is not one of the available choices." in answer.text
    assert "at most 120 characters (it has 121)." in answer.text
    assert "This field is required." in answer.text
    assert "x" * 121 in answer.text


def test_votes_and_complaints_lead_back_to_the_list(shop: Shop) -> None:
    shop.ada.writes()
    vote = shop.ben("POST", f"{LIST}1/vote", data={"value": "1"})
    assert vote.headers["Location"] == f"{LIST}#review-1"
    assert "helpful: 1" in shop.visitor("GET", LIST).text
    shop.ada("POST", f"{LIST}1/vote", data={"value": "1"})
    assert "nobody votes on their own review" in shop.ada("GET", LIST).text
    assert shop.visitor("POST", f"{LIST}1/flag").headers["Location"] == LIST
    assert shop.visitor("GET", f"{LIST}1/flag").status_code == 405


def test_author_hides_and_staff_removes(shop: Shop) -> None:
    hidden, removed = shop.ada.writes(), shop.ben.writes()
    assert shop.ben("POST", f"{LIST}{hidden}/delete").status_code == 403
    assert shop.ada("POST", f"{LIST}{hidden}/delete").headers["Location"] == LIST
    shop.staff("POST", f"{LIST}{removed}/delete", data={"hard": "1"})
    assert shop.sql("SELECT number FROM review") == [(hidden,)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://elsewhere"}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver"}, 302),
        ({"Origin": "http://shop.example", "X-Forwarded-Host": "shop.example"}, 302),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_forms_of_other_sites_are_refused(shop: Shop, headers: dict[str, str], status: int) -> None:
    number = shop.ada.writes()
    assert shop.ben("POST", f"{LIST}{number}/flag", headers).status_code == status


def test_forms_carry_the_monoliths_token(shop: Shop) -> None:
    """Before the cut-over a page may come from here and its form go to the monolith."""
    page = shop.ada("GET", f"{LIST}new", {"Cookie": "csrftoken=abc"}).text
    assert '<input type="hidden" name="csrfmiddlewaretoken" value="abc">' in page
