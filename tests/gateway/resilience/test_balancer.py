"""Least requests, ejection and health of hosts."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.resilience import HealthTerms, ResilienceTerms
from strangler_gateway.resilience.balancer import Balancer
from strangler_gateway.transport.origin import Origin

TERMS = ResilienceTerms(eject_failures=3, eject_seconds=10, eject_share=50)


def balancer(hosts: int, terms: ResilienceTerms = TERMS, clock: Callable[[], float] = lambda: 0.0) -> Balancer:
    """Return a balancer over so many hosts."""
    return Balancer([Origin("http", f"host{number}", 80) for number in range(hosts)], terms, clock)


def fail(hosts: Balancer, number: int, times: int = 3) -> None:
    """Let a host fail several times in a row."""
    for _ in range(times):
        hosts.failed(hosts.hosts[number])


def test_equals_take_turns() -> None:
    """Every host gets its share of requests that follow each other."""
    hosts = balancer(3)
    names: list[str] = []
    for _ in range(6):
        host = hosts.choose()
        assert host is not None
        names.append(host.origin.host)
        hosts.leave(host)
    assert sorted(names) == sorted(["host0", "host1", "host2"] * 2)


@given(st.lists(st.integers(0, 4), max_size=60))
def test_least_requests(ends: list[int]) -> None:
    """A request never goes to a host that has more on its way than another; counts never go below 0."""
    hosts = balancer(5)
    for number in ends:
        if hosts.hosts[number].requests:
            hosts.leave(hosts.hosts[number])
        least = min(host.requests for host in hosts.hosts)
        chosen = hosts.choose()
        assert chosen is not None
        assert chosen.requests == least + 1
    assert all(host.requests >= 0 for host in hosts.hosts)


@given(
    count=st.integers(1, 8),
    share=st.floats(0, 100),
    events=st.lists(st.tuples(st.integers(0, 7), st.floats(0, 30)), max_size=80),
)
def test_cap_on_ejected_share(count: int, share: float, events: list[tuple[int, float]]) -> None:
    """However many fail, no more than the share is out, and somebody is always chosen."""
    now = [0.0]
    hosts = balancer(count, ResilienceTerms(eject_failures=1, eject_share=share), lambda: now[0])
    for number, seconds in events:
        now[0] += seconds
        hosts.failed(hosts.hosts[number % count])
        assert hosts.out(now[0]) <= count * share / 100
        assert hosts.choose() is not None


def test_ejected_host_comes_back() -> None:
    """After its time it is asked again, and stays out longer when it fails again."""
    now = [0.0]
    hosts = balancer(2, clock=lambda: now[0])
    fail(hosts, 0)
    assert all(_chosen(hosts) == "host1" for _ in range(4))
    now[0] = 10.0
    assert {_chosen(hosts) for _ in range(4)} == {"host0", "host1"}
    fail(hosts, 0)
    now[0] = 29.9
    assert all(_chosen(hosts) == "host1" for _ in range(4))
    now[0] = 30.0
    assert {_chosen(hosts) for _ in range(4)} == {"host0", "host1"}


def test_health_checks_count_in_and_out() -> None:
    """Thresholds in both directions; where all are unhealthy, all are asked."""
    terms = HealthTerms("/health", healthy=2, unhealthy=3)
    hosts = balancer(2)
    first, second = hosts.hosts
    assert [first.checked(terms, good=False) for _ in range(3)] == [False, False, True]
    assert all(_chosen(hosts) == "host1" for _ in range(4))
    for _ in range(3):
        second.checked(terms, good=False)
    assert not hosts.well
    assert {_chosen(hosts) for _ in range(4)} == {"host0", "host1"}
    assert [first.checked(terms, good=True) for _ in range(2)] == [False, True]
    assert all(_chosen(hosts) == "host0" for _ in range(4))


def _chosen(hosts: Balancer) -> str:
    host = hosts.choose()
    assert host is not None
    hosts.leave(host)
    return host.origin.host
