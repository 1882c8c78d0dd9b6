"""Everything an export is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from strangler.model.authority import Side
from strangler.model.identity import IdentityTerms
from strangler.model.tls import ServerTls
from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler.project import Address, Project
from strangler_gateway.plan import Plan


@dataclass(frozen=True, slots=True)
class ExportSetting:
    """A plan, where its gateway listens, and who has the authority over each service; v1 where nobody is named.

    `identities` say how services learn who is asking, by their names.
    """

    plan: Plan
    listen: Address
    sides: Mapping[str, Side] = field(default_factory=dict[str, Side])
    identities: Mapping[str, IdentityTerms] = field(default_factory=dict[str, IdentityTerms])
    limits: WireTerms = WIRE_TERMS
    tls: ServerTls | None = None

    @classmethod
    def of(cls, project: Project, plan: Plan, listen: Address, sides: Mapping[str, Side]) -> ExportSetting:
        """Return what is in a project and the plan made from it."""
        identities = {
            name: service.identity.terms for name, service in project.services.items() if service.identity is not None
        }
        return cls(plan, listen, sides, identities, project.gateway.limits, project.gateway.tls)
