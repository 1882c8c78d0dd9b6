"""Which clients are in a share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler.project import StickyKey, StickySource
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.sticky import Share, StickyReader, in_share

percents = st.floats(0, 100)


@given(st.binary(max_size=80), percents, percents)
def test_raising_the_share_never_moves_anybody_back(key: bytes, one: float, other: float) -> None:
    """Who is in a share is in every larger one."""
    assert in_share("reviews", key, min(one, other)) <= in_share("reviews", key, max(one, other))


@given(st.binary(max_size=80))
def test_nobody_and_everybody(key: bytes) -> None:
    """0 % is nobody and 100 % everybody."""
    assert not in_share("reviews", key, 0)
    assert in_share("reviews", key, 100)


def test_the_share_is_right_and_the_same_everywhere() -> None:
    """Of ten thousand clients 10 % are 10 %, the same ones in every process."""
    chosen = [number for number in range(10_000) if in_share("reviews", b"user-%d" % number, 10)]
    assert 940 <= len(chosen) <= 1060
    assert chosen[:5] == [7, 14, 15, 16, 35]


def test_services_choose_different_clients_first() -> None:
    """Not always the same users are the first to try something new."""
    keys = [b"user-%d" % number for number in range(1000)]
    both = [key for key in keys if in_share("reviews", key, 10) and in_share("orders", key, 10)]
    assert len(both) < 40


def test_whom_a_share_was_asked_about_changes_none_of_its_answers() -> None:
    """It remembers some clients; also after more of them than it keeps."""
    share = Share("reviews", 30)
    keys = [b"user-%d" % number for number in range(5_000)] + [b"long" * 100]
    for _ in range(2):
        assert [share.holds(key) for key in keys] == [in_share("reviews", key, 30) for key in keys]


def request(*headers: tuple[bytes, bytes]) -> RequestFacts:
    """Return a request with these headers."""
    return RequestFacts("GET", "/", headers, "10.0.0.1")


def test_where_the_key_is_found() -> None:
    """In a cookie or a header; the address is what is left."""
    asked = request((b"cookie", b"a=1; sessionid=x=y;b=2"), (b"x-tenant", b"t"))
    assert StickyReader(StickyKey(StickySource.COOKIE, "sessionid")).of(asked) == b"x=y"
    assert StickyReader(StickyKey(StickySource.HEADER, "X-Tenant")).of(asked) == b"t"
    assert StickyReader(StickyKey(StickySource.CLIENT)).of(asked) == b"10.0.0.1"
    assert StickyReader(StickyKey(StickySource.COOKIE, "session")).of(asked) == b"10.0.0.1"
    assert StickyReader(None).of(request()) == b"10.0.0.1"
