"""SQL grants with which PostgreSQL itself enforces the boundaries: each role reaches only its own tables.

The role of a service becomes the owner of its tables, because a foreign key is checked, and cascades, with the rights
of the owner of the table it acts on (PostgreSQL, ``src/backend/utils/adt/ri_triggers.c``): if the owner
stayed and only rights were revoked, deleting a product would fail on its reviews.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strangler.model.errors import UsageError
from strangler.project import Service

_HEADER = """\
-- Makes PostgreSQL enforce the boundaries of strangler.toml. Run it as a superuser or as a role that may do all of it,
-- when no code needs what it takes away (strangler check says what does). Superusers and members of
-- pg_read_all_data or pg_write_all_data are not held by it. Roles must be there."""


def grants(services: Mapping[str, Service], roles: Mapping[str, str], monolith: str, schema: str = "public") -> str:
    """One transaction of statements; `roles` has the role of each service, `monolith` that of the rest.

    Raises UsageError if two of them share a role, because these cannot be separated.
    """
    owning = {name: service for name, service in services.items() if service.tables}
    names = {name: roles.get(name, name) for name in owning}
    _require_apart({"monolith": monolith, **names})
    lines = [_HEADER, "BEGIN;"]
    for name, service in owning.items():
        others = [monolith, *(role for other, role in names.items() if other != name)]
        lines += ["", f"-- {name}", *_service(service, names[name], others, schema)]
    return "\n".join([*lines, "", "COMMIT;"])


def _service(service: Service, role: str, others: list[str], schema: str) -> Iterator[str]:
    own, tables = quoted(role), [f"{quoted(schema)}.{quoted(table)}" for table in service.tables]
    foreign = ", ".join(map(quoted, others))
    listed = ", ".join(tables)
    yield f"REVOKE {own} FROM {foreign};"
    yield f"REVOKE {foreign} FROM {own};"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {quoted(schema)} FROM {own};"
    yield f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {own};"
    # The sequences of its columns change owner with a table.
    yield from (f"ALTER TABLE {table} OWNER TO {own};" for table in tables)
    yield f"GRANT ALL ON TABLE {listed} TO {own};"
    yield f"REVOKE ALL ON TABLE {listed} FROM PUBLIC, {foreign};"


def quoted(name: str) -> str:
    """A name quoted as an SQL identifier, whatever characters it contains."""
    return '"' + name.replace('"', '""') + '"'


def _require_apart(roles: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for owner, role in roles.items():
        if role in seen:
            raise UsageError(
                f"{seen[role]} and {owner} have one role, {role}", remedy=f"give them two: --role {owner}=ROLE"
            )
        seen[role] = owner
