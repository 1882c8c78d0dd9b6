"""What the monolith is asked about a request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.identity import Credential, IdentityTerms
from strangler_gateway.identity.question import cookie_names, digest_of, question_about
from strangler_gateway.requests.facts import RequestFacts

SESSION = IdentityTerms("/me", (Credential("sessionid", cookie=True), Credential("Authorization")))
FIELDS = st.lists(st.tuples(st.binary(max_size=3), st.binary(max_size=3)), max_size=4)


def request(*headers: tuple[bytes, bytes]) -> RequestFacts:
    """Return a request with these headers."""
    return RequestFacts("GET", "/", ((b"host", b"shop"), *headers), "10.0.0.1")


def test_only_the_named_cookies_and_headers_go_with_the_question() -> None:
    """Of two cookies of one name both do, as an application may read either."""
    question = question_about(
        request(
            (b"cookie", b"a=1; sessionid=x;sessionid2=y"),
            (b"x-other", b"1"),
            (b"authorization", b"Token t"),
            (b"cookie", b"sessionid=z"),
        ),
        SESSION,
    )
    assert question is not None
    assert question.request.headers == [
        (b"Host", b"shop"),
        (b"Accept", b"application/json"),
        (b"Authorization", b"Token t"),
        (b"Cookie", b"sessionid=x; sessionid=z"),
    ]


def test_who_shows_nothing_of_it_is_nobody() -> None:
    """Other cookies are no credentials."""
    assert question_about(request((b"cookie", b"a=1")), SESSION) is None


def test_the_question_can_carry_what_a_proxy_before_the_monolith_would_add() -> None:
    """A monolith that redirects what came without TLS would never answer."""
    terms = IdentityTerms("/me", add=(("X-Forwarded-Proto", "https"),))
    question = question_about(request((b"cookie", b"s=1")), terms)
    assert question is not None
    assert question.request.headers[-1] == (b"X-Forwarded-Proto", b"https")


def test_other_cookies_make_no_other_question() -> None:
    """Whose name is not asked for: a counter in a cookie does not empty the cache."""
    one, two = (question_about(request((b"cookie", b"n=%d; sessionid=x" % n)), SESSION) for n in range(2))
    assert one is not None
    assert two is not None
    assert one.digest == two.digest


@given(FIELDS, FIELDS)
def test_two_questions_have_one_digest_only_if_they_are_the_same(
    one: list[tuple[bytes, bytes]], two: list[tuple[bytes, bytes]]
) -> None:
    """However their parts are cut."""
    assert (digest_of(one) == digest_of(two)) == (one == two)


def test_any_cookie_matters_where_all_are_sent() -> None:
    """Otherwise those that are."""
    assert cookie_names(IdentityTerms("/me")) is None
    assert cookie_names(SESSION) == {b"sessionid"}
