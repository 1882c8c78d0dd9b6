"""By what a client is known again that has written."""

from __future__ import annotations

from hashlib import blake2b

from strangler.project import StickyKey, StickySource
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.marks import MarkReader

SESSION = StickyKey(StickySource.COOKIE, "sessionid")


def request(*headers: tuple[bytes, bytes], peer: str = "10.0.0.1") -> RequestFacts:
    """Return a request with these headers."""
    return RequestFacts("GET", "/", headers, peer)


def test_a_write_and_a_read_of_one_client_share_a_mark() -> None:
    """Also when only the route that reads is sticky, by a cookie among others that change."""
    marks = MarkReader((SESSION,))
    write = marks.of_write(request((b"cookie", b"sessionid=x; csrf=1")))
    assert write & marks.of_read(request((b"cookie", b"sessionid=x; csrf=2")))
    assert not write & marks.of_read(request((b"cookie", b"sessionid=z; csrf=2")))


def test_a_client_without_credentials_is_known_by_its_address() -> None:
    """Also when it has some by the time it reads, which a login gives it; others at the address are kept as well."""
    marks = MarkReader((SESSION,))
    write = marks.of_write(request())
    assert write & marks.of_read(request((b"cookie", b"sessionid=x")))
    assert not write & marks.of_read(request(peer="10.0.0.2"))
    assert not marks.of_write(request((b"cookie", b"a=b"))) & write


def test_which_value_is_whose_makes_a_difference() -> None:
    """A cookie that says what another header says is no mark of its client."""
    marks = MarkReader(())
    assert not marks.of_write(request((b"cookie", b"x"))) & marks.of_write(request((b"authorization", b"x")))


def test_whom_it_was_asked_about_changes_none_of_its_marks() -> None:
    """It remembers some clients; also after more of them than it keeps, and not the long ones."""
    marks = MarkReader(())
    values = [b"user=%d" % number for number in range(2_500)] + [b"long" * 1_000]
    for _ in range(2):
        for value in values:
            expected = blake2b(value, digest_size=16, key=b"cookie").digest()
            assert marks.of_write(request((b"cookie", value))) == {expected}
