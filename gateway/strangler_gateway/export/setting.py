"""Everything that an export or Envoy's configuration is made from."""

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

    Those of the `watched` services go there too, and to `instead` when it does not answer. The names of all these
    routes begin with `DETOURED`. All names end with `mark`, which tells requests that began since from earlier ones.
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
    """A plan, where its gateway listens, and which side has the authority over each service (v1 by default).

    `identities` has, by service, how the client's identity is found. `detour` is set during a move, `signer` is the
    cluster that signs identities, where there is one. `shown` is a digest of the files of `tls`, so that a setting
    differs when only their content does.
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
        """Return the setting of a project and the plan made from it."""
        identities = {
            name: service.identity.terms for name, service in project.services.items() if service.identity is not None
        }
        return cls(plan, listen, sides, identities, project.gateway.limits, project.gateway.tls)
