"""The statements of ``strangler check --grants``, and the database role of each service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from strangler.model.errors import StranglerError, UsageError
from strangler.project import Project
from strangler.secret import Reference
from strangler_analyzers.ratchet.declared_ownership import MONOLITH
from strangler_analyzers.ratchet.grants import grants


def grant_statements(project: Project, named: Sequence[str], environment: Mapping[str, str]) -> str:
    """The statements; `named` gives roles as ``reviews=reviews_app``.

    The default role is the user of the database's address for the monolith, and the service's name for a service.
    """
    roles: dict[str, str] = {}
    for text in named:
        owner, equals, role = text.partition("=")
        if not equals or not role or owner not in {*project.services, MONOLITH}:
            known = ", ".join([*project.services, MONOLITH])
            raise UsageError(f"--role {text} must be OWNER=ROLE", remedy=f"owners: {known}")
        roles[owner] = role
    monolith = roles.pop(MONOLITH, None) or _user(project.monolith.database, environment) or MONOLITH
    return grants(project.services, roles, monolith)


def _user(database: Reference | None, environment: Mapping[str, str]) -> str | None:
    """The user in a database's address; None if the environment does not give it."""
    try:
        address = None if database is None else database.database_url(environment).reveal()
        user = None if address is None else urlsplit(address).username
    except (StranglerError, ValueError):
        return None
    return None if user is None else unquote(user)
