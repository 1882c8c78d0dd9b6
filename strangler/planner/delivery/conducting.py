"""Carries out a delivery: it looks, decides, gives orders, and records the evidence for each decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from strangler.model.delivery import DeliveryTerms
from strangler.model.errors import UnavailableError
from strangler.planner.audit_log import AuditLog, Detail
from strangler.planner.delivery.delivery import (
    Advance,
    Decision,
    DeliveryStanding,
    Finish,
    RollBack,
    Wait,
    advanced,
    decide,
    first_share,
)
from strangler.planner.delivery.evidence import Evidence

QUIET_SECONDS = 600.0
"""How long nothing may change before that is reported again."""


@dataclass(frozen=True, slots=True)
class Look:
    """The counts of all gateways that answered, by address; `times` are the upper bounds of the latency buckets.

    `shares` are the shares v2 has of the delivered routes; None stands for a route that is rolled back. `over` says why
    there is nothing to deliver any more, for example because v2 has the authority.
    """

    counted: Mapping[str, Evidence]
    times: tuple[float, ...]
    shares: frozenset[float | None]
    silent: tuple[str, ...] = ()
    over: str | None = None


class Gateways(Protocol):
    """All gateways, addressed as one."""

    def look(self) -> Look:
        """Ask every gateway for its counts; names those that do not answer."""
        ...

    def shift(self, share: float) -> None:
        """Give v2 a share, in the project file and at every gateway; UnavailableError when one has not confirmed."""
        ...

    def take_back(self) -> None:
        """Send nobody to v2 any more; UnavailableError when a gateway has not confirmed."""
        ...


class Keeper(Protocol):
    """Stores the standing of the delivery."""

    def read(self) -> DeliveryStanding | None:
        """Return the standing of a delivery under way."""
        ...

    def write(self, standing: DeliveryStanding) -> None:
        """Store the standing."""
        ...

    def remove(self) -> None:
        """Delete the stored standing."""
        ...


@dataclass(frozen=True, slots=True)
class Finished:
    """v2 has the last share."""

    share: float


@dataclass(frozen=True, slots=True)
class RolledBack:
    """v2 was worse, and every gateway has confirmed that it sends nobody to v2 any more."""

    share: float
    reason: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody else has changed what was being delivered; the delivery left that as it is."""

    reason: str


Outcome = Finished | RolledBack | Stopped


@dataclass(slots=True)
class Conductor:
    """Delivers one target of `service`; `tell` receives progress lines, `clock` is in unix seconds."""

    service: str
    terms: DeliveryTerms
    gateways: Gateways
    keeper: Keeper
    log: AuditLog
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    tell: Callable[[str], None]
    _said: tuple[object, ...] = field(default=())
    _said_at: float = field(default=0.0)

    def run(self) -> Outcome:
        """Deliver, or continue an interrupted delivery; returns when it is over."""
        standing = self.keeper.read()
        if standing is None:
            standing = self._begun()
        else:
            self._record("resume", {"share": standing.share})
            self.tell(f"goes on at {standing.share:g} %")
        while True:
            if not standing.confirmed and standing.failed is None:
                standing = self._ordered(standing)
            self.sleep(self.terms.interval)
            look = self.gateways.look()
            if look.silent:
                self._say(("silent", look.silent), f"nothing is heard of {', '.join(look.silent)}")
            if standing.failed is None and (stopped := self._stopped(standing, look)):
                self._record("stopped", {"reason": stopped.reason})
                self.keeper.remove()
                return stopped
            if standing.failed is None and not (standing.confirmed and look.counted):
                continue
            standing = standing.seen(look.counted)
            self.keeper.write(standing)
            decision = decide(self.terms, standing, look.times, self.clock())
            match decision:
                case Wait():
                    self._wait(standing, decision)
                case Advance():
                    self._decided("advance", standing, decision, {"to": decision.share})
                    self.tell(f"{standing.share:g} % passed: {_texts(decision)}")
                    standing = advanced(standing, decision.share, look.counted, self.clock())
                    self.keeper.write(standing)
                case Finish():
                    self._decided("finish", standing, decision, {})
                    self.tell(f"{standing.share:g} % passed: {_texts(decision)}")
                    self.keeper.remove()
                    return Finished(standing.share)
                case RollBack():
                    standing = self._failed(standing, decision)
                    if self._taken_back():
                        self.keeper.remove()
                        return RolledBack(standing.share, decision.reason)

    def _begun(self) -> DeliveryStanding:
        look = self.gateways.look()
        shares = {share or 0.0 for share in look.shares}
        share = first_share(self.terms, max(shares, default=0.0))
        standing = DeliveryStanding(share, self.clock(), confirmed=False, before=None)
        self._record("begin", {"share": share, "steps": " ".join(f"{step:g}" for step in self.terms.steps)})
        self.keeper.write(standing)
        return standing

    def _ordered(self, standing: DeliveryStanding) -> DeliveryStanding:
        """Give the share of a step; if a gateway does not confirm it, it is given again at the next look."""
        try:
            self.gateways.shift(standing.share)
        except UnavailableError as error:
            self._say(("order", str(error)), str(error))
            return standing
        self.tell(f"{standing.share:g} % to v2")
        standing = replace(standing, confirmed=True, since=self.clock(), counted=self.gateways.look().counted)
        self.keeper.write(standing)
        return standing

    def _stopped(self, standing: DeliveryStanding, look: Look) -> Stopped | None:
        """Return why this delivery no longer decides, if so."""
        if look.over is not None:
            return Stopped(look.over)
        expected = {standing.share} if standing.confirmed else {standing.share, standing.before}
        if standing.confirmed or standing.before is not None:
            for share in look.shares - expected:
                found = "the routes are rolled back" if share is None else f"v2 has {share:g} %"
                return Stopped(f"somebody else has changed the traffic: {found}, not {standing.share:g} %")
        return None

    def _failed(self, standing: DeliveryStanding, decision: RollBack) -> DeliveryStanding:
        if standing.failed is None:
            self._decided("roll back", standing, decision, {"reason": decision.reason})
            self.tell(f"{standing.share:g} % failed: {decision.reason}")
            standing = replace(standing, failed=decision.reason)
            self.keeper.write(standing)
        return standing

    def _taken_back(self) -> bool:
        try:
            self.gateways.take_back()
        except UnavailableError as error:
            # Repeated until every gateway has confirmed, because some may still send clients to v2.
            self._say(("rollback", str(error)), str(error))
            return False
        return True

    def _wait(self, standing: DeliveryStanding, decision: Wait) -> None:
        verdicts = tuple(finding.verdict for finding in decision.findings)
        if self._say((standing.share, *verdicts), f"{standing.share:g} %: {decision.reason}; {_texts(decision)}"):
            self._decided("wait", standing, decision, {"reason": decision.reason})

    def _say(self, what: tuple[object, ...], text: str) -> bool:
        """Tell something unless it was told just now; return whether it was told."""
        now = self.clock()
        if what == self._said and now - self._said_at < QUIET_SECONDS:
            return False
        self._said, self._said_at = what, now
        self.tell(text)
        return True

    def _decided(
        self, what: str, standing: DeliveryStanding, decision: Decision, details: Mapping[str, Detail]
    ) -> None:
        numbers = {
            f"{finding.gate}_{name}": round(number, 6)
            for finding in decision.findings
            for name, number in finding.numbers.items()
        }
        verdicts = {finding.gate: finding.verdict.value for finding in decision.findings}
        self._record(what, {"share": standing.share, **details, **verdicts, **numbers})

    def _record(self, what: str, details: Mapping[str, Detail]) -> None:
        self.log.record(self.service, f"gateway deliver: {what}", details)


def _texts(decision: Decision) -> str:
    return "; ".join(finding.text for finding in decision.findings)
