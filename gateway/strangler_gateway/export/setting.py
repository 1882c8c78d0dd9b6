"""Everything an export is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from strangler.model.authority import Side
from strangler.model.identity import IdentityTerms
from strangler.model.tls import ServerTls
from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler.project import Address, Project, RouteMatch
from strangler_gateway.routing.plan import Plan


@dataclass(frozen=True, slots=True)
class Detour:
    """Requests that go to one `cluster` for a while: all of some services, and those for the `further` routes.

    Those of the `watched` services go there too, to `instead` where it does not answer. The names of their routes begin
    with `DETOURED`. Every name ends with `mark`: it tells requests that came since from those that came before.
    """

    cluster: str
    services: frozenset[str]
    further: tuple[RouteMatch, ...]
    mark: str
    watched: frozenset[str] = frozenset()
    instead: str = ""


DETOURED = "~ "


@dataclass(frozen=True, slots=True)
class ExportSetting:
    """A plan, where its gateway listens, and who has the authority over each service; v1 where nobody is named.

    `identities` say how services learn who is asking, by their names; `detour` is for the moments of a move, and
    `signer` the cluster of what signs who is asking, where there is one. What is in the files of `tls` is `shown`: only
    that tells one who follows the setting that there is something new in them.
    """

    plan: Plan
    listen: Address
    sides: Mapping[str, Side] = field(default_factory=dict[str, Side])
    identities: Mapping[str, IdentityTerms] = field(default_factory=dict[str, IdentityTerms])
    limits: WireTerms = WIRE_TERMS
    tls: ServerTls | None = None
    detour: Detour | None = None
    signer: str | None = None
    shown: str = ""

    @classmethod
    def of(cls, project: Project, plan: Plan, listen: Address, sides: Mapping[str, Side]) -> ExportSetting:
        """Return what is in a project and the plan made from it."""
        identities = {
            name: service.identity.terms for name, service in project.services.items() if service.identity is not None
        }
        return cls(plan, listen, sides, identities, project.gateway.limits, project.gateway.tls)
