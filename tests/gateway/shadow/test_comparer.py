"""In what two answers differ, and what is kept of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.comparer import MAX_DIFFERENCES, DifferencePlace, Kind, Rules, differences
from strangler_gateway.shadow.content import MAX_BODY
from strangler_gateway.shadow.masks import MASKED, MASKED_WORDS, Masks, shown

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
SECRET = "hunter two"

names = st.sampled_from(["id", "text", "price", "items", "author"])
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)


def answer(body: bytes | Json, status: int = 200, *headers: tuple[bytes, bytes]) -> Answer:
    """Return an answer in JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, [(b"Content-Type", b"application/json"), *headers], content)


def places(v1: Answer, v2: Answer, rules: Rules | None = None) -> list[tuple[str, Kind]]:
    """Return where they differ."""
    return [(one.place.path, one.place.kind) for one in differences(v1, v2, rules or Rules())]


@given(value=values)
def test_spelling_is_no_difference(value: Json) -> None:
    """Neither white space, nor the order of keys, nor escapes."""
    plain = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert places(answer(plain), answer(json.dumps(_reversed(value), indent=1).encode())) == []


def _reversed(value: Json) -> Json:
    match value:
        case Mapping():
            return {key: _reversed(value[key]) for key in reversed(list(value))}
        case list():
            return [_reversed(one) for one in value]
        case _:
            return value


@given(one=values, other=values)
def test_differs_exactly_when_the_values_do(one: Json, other: Json) -> None:
    """Both ways alike; True is not 1."""
    there, back = places(answer(one), answer(other)), places(answer(other), answer(one))
    assert sorted(there) == sorted(back)
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (there == []) is same


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        (b"1", b"1.0", []),
        (b"1.10", b"11e-1", []),
        (b"0.1", b"0.1000000000000000001", [Kind.VALUE]),
        (b"1", b"true", [Kind.TYPE]),
        (b"null", b"0", [Kind.TYPE]),
        (b'"1"', b"1", [Kind.TYPE]),
        (b'{"a":null}', b"{}", [Kind.PRESENCE]),
        (b"[1,2]", b"[1]", [Kind.LENGTH]),
        (b'{"a":1,"a":2}', b'{"a":2}', [Kind.TYPE]),
        (b"NaN", b"NaN ", [Kind.VALUE]),
        (b"1e99999999999999999999", b"2e99999999999999999999", [Kind.VALUE]),
        (b"[" * 100_000, b"[" * 100_001, [Kind.VALUE]),
        (b"{", b"{", []),
    ],
)
def test_values(one: bytes, other: bytes, kinds: list[Kind]) -> None:
    """Numbers count by what they say, exactly; what has no certain meaning by its bytes."""
    assert [kind for _, kind in places(answer(one), answer(other))] == kinds


def test_places_are_general() -> None:
    """Of indexes, and of keys that are data, the place does not depend."""
    v1 = answer({"items": [{"price": 1}, {"price": 2}], "by_user": {"17": 1}})
    v2 = answer({"items": [{"price": 1}, {"price": 3}], "by_user": {"17": 2}})
    assert sorted(places(v1, v2)) == [("body /by_user/*", Kind.VALUE), ("body /items/*/price", Kind.VALUE)]


def test_status_and_headers() -> None:
    """Fields count whatever the case of their names; those about the connection do not count."""
    v1 = answer(1, 200, (b"Vary", b"Cookie"), (b"Date", b"yesterday"), (b"X-A", b"1"))
    v2 = answer(1, 404, (b"vary", b"Cookie"), (b"Date", b"today"), (b"X-B", b"1"))
    assert places(v1, v2) == [
        ("status", Kind.STATUS),
        ("header x-a", Kind.PRESENCE),
        ("header x-b", Kind.PRESENCE),
    ]


def test_order_of_repeated_fields_counts() -> None:
    """Two fields of one name in another order say something else."""
    first, second = (b"Link", b"<a>"), (b"Link", b"<b>")
    assert places(answer(1, 200, first, second), answer(1, 200, second, first)) == [("header link", Kind.VALUE)]


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("body /items/*/at", 1),
        ("body /items", 1),
        ("body /*/*/at", 1),
        ("body /item", 2),
        ("body ", 0),
        ("header total", 2),
    ],
)
def test_ignored_paths(rule: str, left: int) -> None:
    """A rule covers a place and all below it, by whole segments."""
    v1, v2 = answer({"items": [{"at": 1}], "total": 1}), answer({"items": [{"at": 2}], "total": 2})
    assert len(differences(v1, v2, Rules(ignored=(rule,)))) == left


def test_gzip_is_seen_through() -> None:
    """The same value packed by another level is the same."""
    packed = [gzip.compress(b'{"a": 1}' + b" " * 2000, level, mtime=0) for level in (0, 9)]
    v1, v2 = (answer(body, 200, (b"Content-Encoding", b"gzip")) for body in packed)
    assert v1.body != v2.body
    assert places(v1, v2) == []


def test_what_unpacks_to_too_much_is_compared_packed() -> None:
    """A few bytes do not become any number of bytes in memory."""
    bomb = answer(gzip.compress(b" " * (MAX_BODY * 20)), 200, (b"Content-Encoding", b"gzip"))
    assert bomb.content() == bomb.body


def test_number_of_differences_is_bounded() -> None:
    """However many there are."""
    assert len(differences(answer([1] * 500), answer([2] * 500), Rules())) == MAX_DIFFERENCES


@given(
    word=st.sampled_from(sorted(MASKED_WORDS)),
    form=st.sampled_from(["{}", "user_{}", "X-{}", "{}_of_user"]),
    inside=st.sampled_from([SECRET, [SECRET], {"x": SECRET}, {"x": [{"y": SECRET}]}]),
    other=st.sampled_from([None, 1, "", [], {}, {"x": "z"}, {"x": [{"y": "z"}]}, ["z"]]),
    within=st.sampled_from(["value", "list", "member"]),
)
def test_nothing_below_a_masked_name_is_kept(word: str, form: str, inside: Json, other: Json, within: str) -> None:
    """Wherever it is, whatever the other side says instead; that it differs is known all the same."""

    def document(value: Json) -> Json:
        held: Json = {form.format(word): value}
        forms: dict[str, Json] = {"value": held, "list": [held], "member": {"a": {"b": held}}}
        return forms[within]

    found = differences(answer(document(inside)), answer(document(other)), Rules())
    assert found
    assert SECRET not in repr(found)
    found = differences(answer(document(inside)), answer({}), Rules())
    assert SECRET not in repr(found)


def test_cookies_and_names_of_the_project_are_masked() -> None:
    """Set-Cookie always, and what the project adds."""
    v1 = answer({"salary": 12345}, 200, (b"Set-Cookie", b"a=hunter2"))
    v2 = answer({"salary": 54321}, 200, (b"Set-Cookie", b"a=hunter3"))
    found = differences(v1, v2, Rules(masks=Masks(names=frozenset(["salary"]))))
    assert [(one.place, one.v1, one.v2) for one in found] == [
        (DifferencePlace("header set-cookie", Kind.VALUE), MASKED, MASKED),
        (DifferencePlace("body /salary", Kind.VALUE), MASKED, MASKED),
    ]


@pytest.mark.parametrize(
    "value",
    ["ann@example.org", "eyJhbGciOiJIUzI1NiJ9.e30.x", "4111 1111 1111 1111", 4111111111111111, "0123456789abcdef" * 2],
)
def test_what_looks_personal_or_secret_is_masked_under_any_name(value: str | int) -> None:
    """Addresses, signed tokens, numbers of cards, keys."""
    assert shown(value) == MASKED


def test_bodies_that_are_no_json_are_not_kept() -> None:
    """Only how long they are: what is in them has no name to tell by."""
    v1, v2 = Answer(200, [], b"<p>hunter2</p>"), Answer(200, [], b"<p>x</p>")
    (found,) = differences(v1, v2, Rules())
    assert (found.v1, found.v2) == ("14 bytes", "8 bytes")
