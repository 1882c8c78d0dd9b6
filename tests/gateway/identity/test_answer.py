"""What the answer of the monolith says about who is asking."""

from __future__ import annotations

import pytest

from strangler.model.identity import Claim, ClaimSource, IdentityTerms
from strangler_gateway.identity.answer import Answer, UnknownIdentityError, who_of

WHOLE = IdentityTerms("/me")
CLAIMS = IdentityTerms(
    "/me",
    claims=(
        Claim("id", ClaimSource.JSON, ("user", "id")),
        Claim("mail", ClaimSource.HEADER, ("x-mail",)),
        Claim("status", ClaimSource.STATUS),
    ),
)


def test_without_claims_the_whole_object_is_who_it_is() -> None:
    """As the monolith says it."""
    assert who_of(WHOLE, Answer(200, [], b'{"id": 7}')) == {"id": 7}


def test_claims_are_taken_from_json_headers_and_status() -> None:
    """Nothing else of the answer is passed on."""
    answer = Answer(203, [(b"X-Mail", b"a@b"), (b"X-Mail", b"c")], b'{"user": {"id": 7, "hash": "secret"}}')
    assert who_of(CLAIMS, answer) == {"id": 7, "mail": "a@b", "status": 203}


@pytest.mark.parametrize("body", [b"{}", b'{"user": null}', b'{"user": {"id": null}}', b'{"user": [1]}'])
def test_an_answer_with_none_of_the_claims_is_about_nobody(body: bytes) -> None:
    """Its status alone names nobody."""
    assert who_of(CLAIMS, Answer(200, [], body)) is None


def test_claims_of_headers_need_no_json() -> None:
    """As of an answer of 204."""
    terms = IdentityTerms("/me", claims=(Claim("id", ClaimSource.HEADER, ("x-user",)),))
    assert who_of(terms, Answer(204, [(b"x-user", b"7")], b"")) == {"id": "7"}


def test_which_statuses_mean_nobody_is_a_choice() -> None:
    """A monolith of pages sends who is not logged in to its login."""
    terms = IdentityTerms("/me", nobody_statuses=(302,))
    assert who_of(terms, Answer(302, [], b"")) is None
    with pytest.raises(UnknownIdentityError, match="401"):
        who_of(terms, Answer(401, [], b""))


@pytest.mark.parametrize(
    "answer", [Answer(500, [], b""), Answer(302, [], b""), Answer(200, [], b"[]"), Answer(200, [], b"{")]
)
def test_anything_else_is_no_answer(answer: Answer) -> None:
    """Taken for nobody, a user would become a stranger."""
    with pytest.raises(UnknownIdentityError):
        who_of(WHOLE, answer)
