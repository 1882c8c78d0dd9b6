"""How far behind a package is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from strangler.upkeep.needs import Need
from strangler.upkeep.standing import Package, PackageStanding, apart, packages

_NUMBERS = st.integers(0, 6)


def _package(*needed: str, released: tuple[str, ...], reason: str | None = None) -> Package:
    needs = [Need("shop", SpecifierSet(each), None, f"{n}.in") for n, each in enumerate(needed)]
    (package,) = packages(needs, {"shop": tuple(map(Version, released))}, {} if reason is None else {"shop": reason})
    return package


def test_what_is_allowed_counts_where_nothing_is_pinned() -> None:
    """All files of a folder have to allow it."""
    package = _package(">=1", "<3", released=("1", "2", "2.5", "3", "4"))
    assert (package.used, package.newest, package.newer, package.standing) == ("2.5", "4", 2, PackageStanding.BEHIND)
    assert _package(">=1", released=("1", "4")).standing is PackageStanding.OPEN


def test_nothing_that_is_allowed_is_behind_all() -> None:
    """Every release may have been removed but those that are refused."""
    package = _package("<1", released=("1", "2"))
    assert (package.used, package.newer, package.standing) == (None, 2, PackageStanding.BEHIND)


def test_a_reason_holds_what_is_behind_and_only_that() -> None:
    """What is up to date needs no reason."""
    held = _package("<2", released=("1", "2"), reason="until spring")
    assert (held.standing, held.reason) == (PackageStanding.HELD, "until spring")
    current = _package(">=1", released=("1", "2"), reason="until spring")
    assert (current.standing, current.reason) == (PackageStanding.OPEN, None)


def test_what_the_index_does_not_have_is_unknown() -> None:
    """A package of one's own, on an index that was not asked."""
    assert _package(">=1", released=()).standing is PackageStanding.UNKNOWN


@given(st.lists(_NUMBERS, min_size=1, max_size=3), st.sets(_NUMBERS))
def test_the_newest_pin_counts_against_every_release(pins: list[int], released: set[int]) -> None:
    """Behind are the releases after it, whichever file it stands in."""
    needs = [Need("shop", SpecifierSet(f"=={pin}"), Version(str(pin)), f"{n}.txt") for n, pin in enumerate(pins)]
    (package,) = packages(needs, {"shop": tuple(Version(str(each)) for each in sorted(released))}, {})
    later = [each for each in released if each > max(pins)]
    assert package.newer == len(later)
    assert package.used == str(max(pins))
    assert package.pins == tuple(map(str, sorted(set(pins))))
    assert package.files == tuple(need.file for need in needs if need.pinned == Version(str(max(pins))))
    expected = PackageStanding.BEHIND if later else PackageStanding.CURRENT
    assert package.standing is (expected if released else PackageStanding.UNKNOWN)


def test_pins_that_differ_are_told_with_their_owners() -> None:
    """What shares a library shares its faults; ranges are no versions."""

    def pinned(version: str) -> Package:
        (package,) = packages([Need("shop", SpecifierSet(f"=={version}"), Version(version), "x")], {}, {})
        return package

    same, other, ranged = pinned("1"), pinned("2"), _package(">=3", released=("3",))
    assert list(apart({"monolith": [same], "reviews": [other], "mail": [ranged]})) == [
        ("shop", {"monolith": "1", "reviews": "2"})
    ]
    assert not list(apart({"monolith": [same], "reviews": [same]}))
