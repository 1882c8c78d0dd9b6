"""Complaints and decisions, by JSON and on the pages of the staff."""

from conftest import Shop

QUEUE = "/backoffice/moderation/"


def test_three_complaints_hide_a_review(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes()}/flag"
    answers = [shop.ben("POST", path) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 404]
    assert [answer.json().get("status") for answer in answers[:3]] == [
        "published",
        "published",
        "pending",
    ]
    assert shop.visitor("POST", path).status_code == 401


def test_staff_decides_and_the_user_behind_the_customer_is_written_down(shop: Shop) -> None:
    path = f"/api/reviews/{shop.ada.writes('casino')}/moderation"
    assert shop.ben("POST", path, json={"decision": "published"}).status_code == 403
    assert shop.staff("POST", path, json={"decision": "x"}).status_code == 400
    answer = shop.staff("POST", path, json={"decision": "published"})
    assert answer.json()["status"] == "published"
    assert shop.sql("SELECT moderator_id FROM review WHERE moderated_at IS NOT NULL") == [(103,)]


def test_queue_is_for_staff(shop: Shop) -> None:
    number = shop.ada.writes("casino <b>")
    visitor, customer, staff = (each("GET", QUEUE) for each in (shop.visitor, shop.ada, shop.staff))
    assert visitor.headers["Location"] == f"/accounts/login?next={QUEUE}"
    assert customer.status_code == 403
    assert f'<a href="{QUEUE}{number}">Skillet</a>' in staff.text
    assert "casino &lt;b&gt;" in staff.text


def test_decision_on_the_page_leads_back_to_the_queue(shop: Shop) -> None:
    number = shop.ada.writes("casino")
    page = f"{QUEUE}{number}"
    assert "ada@example.com, 198.51.100.7" in shop.staff("GET", page).text
    wrong = shop.staff("POST", page, data={"decision": "x"})
    assert "x is not one of the available choices" in wrong.text
    decided = shop.staff("POST", page, data={"decision": "rejected", "reason": "rude"})
    assert (decided.status_code, decided.headers["Location"]) == (302, QUEUE)
    assert "Nothing is waiting." in shop.staff("GET", QUEUE).text


def test_many_are_decided_at_once_and_only_those_that_wait(shop: Shop) -> None:
    waiting, shown = [shop.ada.writes("casino"), shop.ben.writes("casino")], shop.ada.writes()
    sent = {"review": [*map(str, waiting), str(shown), "x"], "decision": "rejected"}
    assert shop.staff("POST", f"{QUEUE}bulk", data=sent).status_code == 302
    assert "2 reviews rejected." in shop.staff("GET", QUEUE).text
    assert shop.visitor("GET", f"/api/reviews/{shown}").status_code == 200
