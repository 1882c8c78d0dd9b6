"""What the tables of a PostgreSQL database must be and allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_name
from strangler_etl.engine.session import Value
from strangler_etl.examination import postgres_questions as questions
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_etl.examination.outside_check import outside_check
from strangler_etl.examination.postgres_server import role_of
from strangler_etl.examination.reference_check import reference_check
from strangler_etl.examination.table_use import TableUse

_MOST_NAMES = 8


def table_checks(database: Database, uses: Sequence[TableUse]) -> Sequence[Check]:
    """Check the tables one by one, then what depends on them."""
    return (
        *(Check(f"table {use.name}", _table(database, use)) for use in uses),
        Check("numbers", lambda: [_numbers(database, uses)]),
        Check("row-level security", lambda: [_row_security(database, uses)]),
        Check("partitions and inheritance", lambda: [_relatives(database, uses)]),
        Check("triggers", lambda: [_triggers(database, uses)]),
        Check("rules", lambda: [_rules(database, uses)]),
        outside_check(database, uses),
        reference_check(database, uses),
    )


@dataclass(frozen=True, slots=True)
class _Lack:
    """What is missing for a table, and what would mend it."""

    found: str
    mend: str


def _table(database: Database, use: TableUse) -> Callable[[], Iterable[Finding]]:
    return lambda: [_table_finding(database, use)]


def _table_finding(database: Database, use: TableUse) -> Finding:
    name = f"table {use.name}"
    found = database.rows(questions.TABLE, [use.name])
    if not found:
        return _missing(database, use)
    kind, owner, owned, *allowed = found[0]
    if kind not in {"r", "p"}:
        return problem(name, "is no table", "name the table it is made of")
    key = database.tables([use.name])[use.name].key
    if not key:
        return problem(name, "has no primary key", "give it one: rows are followed by it")
    missing = [
        privilege
        for privilege, granted in zip(questions.PRIVILEGES, allowed, strict=True)
        if privilege in _needed(use) and not granted
    ]
    lacks = list(_lacks(database, use, missing, None if owned else str(owner)))
    if not lacks:
        owner_of = " and ownership" if use.owned else ""
        return ok(name, f"{', '.join(_needed(use))}{owner_of}; its rows are known by {key_name(key)}")
    return problem(name, "; ".join(lack.found for lack in lacks), "; ".join(lack.mend for lack in lacks))


def _needed(use: TableUse) -> tuple[str, ...]:
    """The privileges needed on a table: to read it, to write it, to keep its journal."""
    writes = ("INSERT", "UPDATE", "DELETE") if use.written else ()
    # Only strangler writes a replica in the service's database, so it needs no journal.
    return ("SELECT", *writes, *(() if use.written and not use.owned else ("TRIGGER",)))


def _lacks(database: Database, use: TableUse, missing: Sequence[str], owner: str | None) -> Iterator[_Lack]:
    role, table = role_of(database), database.quoted(use.name)
    if missing and not (use.owned and owner):
        privileges = ", ".join(missing)
        yield _Lack(f"{role} lacks {privileges}", f"as {table}'s owner: GRANT {privileges} ON {table} TO {role}")
    # An owner has all privileges: one mend is enough.
    if use.owned and owner:
        yield _Lack(
            f"it belongs to {owner}, whose rights {role} does not have: only an owner can raise a fence",
            f"log in as {owner}, or as a superuser: GRANT {database.quoted(owner)} TO {role}",
        )


def _missing(database: Database, use: TableUse) -> Finding:
    name = f"table {use.name}"
    found = database.rows(questions.ELSEWHERE, [use.name])
    if not found:
        return problem(name, "is not there", "let its application create it, or correct [etl] in strangler.toml")
    schema, usable, searched, path = found[0]
    role, quoted = role_of(database), database.quoted(str(schema))
    mends = [] if usable else [f"as the schema's owner: GRANT USAGE ON SCHEMA {quoted} TO {role}"]
    mends += [] if searched else [f"as {role}: ALTER ROLE {role} SET search_path = {quoted}, {path}"]
    return problem(name, f"is in the schema {quoted}, where {role} does not look", "; ".join(mends))


def _numbers(database: Database, uses: Sequence[TableUse]) -> Finding:
    lacks: list[_Lack] = []
    closed: list[str] = []
    found: list[str] = []
    role = role_of(database)
    for use in uses:
        if not use.owned or use.number is None or use.name not in database.tables([use.name]):
            continue
        column = f"{use.name}.{use.number}"
        known = database.rows(questions.NUMBERED, [use.name, use.number])
        if not known:
            continue
        sequence, selectable, changeable, default = known[0]
        if sequence is None and default:
            lacks.append(
                _Lack(
                    f"the sequence of {column} does not belong to it: it cannot be handed over",
                    f"run: ALTER SEQUENCE ... OWNED BY {column} (it is in the default {default})",
                )
            )
        elif sequence is None:
            found.append(f"{column}: given by the application")
        elif not (selectable and changeable):
            closed.append(str(sequence))
        else:
            found.append(str(sequence))
    if closed:
        names = ", ".join(closed)
        mend = f"as their owner: GRANT SELECT, UPDATE ON SEQUENCE {names} TO {role}"
        lacks.append(_Lack(f"{role} may not set {names}", mend))
    if lacks:
        return problem("numbers", "; ".join(lack.found for lack in lacks), "; ".join(lack.mend for lack in lacks))
    return ok("numbers", ", ".join(found) or "nothing to hand over")


def _row_security(database: Database, uses: Sequence[TableUse]) -> Finding:
    name = "row-level security"
    found = database.rows(questions.ROW_SECURITY, [_names(uses)])
    hidden = [str(table) for table, active in found if active]
    if hidden:
        return problem(
            name,
            f"hides rows of {', '.join(hidden)}: rows that are not seen are taken for deleted",
            f"as a superuser: ALTER ROLE {role_of(database)} BYPASSRLS",
        )
    if found:
        return warning(
            name,
            f"on {', '.join(str(table) for table, _ in found)}, but not for {role_of(database)}",
            "give the tables on the other side policies of their own: they are not copied",
        )
    return ok(name, "on none of the tables")


def _relatives(database: Database, uses: Sequence[TableUse]) -> Finding:
    # The journal covers the partitions of a table as well.
    name = "partitions and inheritance"
    found = [f"{child} of {parent}" for child, parent in database.rows(questions.RELATIVES, [_names(uses)])]
    if not found:
        return ok(name, "none")
    return warning(
        name,
        f"{_some(found)}: triggers fire for the table a statement names, not for its relatives",
        "write the table strangler.toml names only, never its parents or children directly",
    )


def _triggers(database: Database, uses: Sequence[TableUse]) -> Finding:
    found = [
        f"{trigger} on {table} ({'rewrites rows' if before else 'fires on applied rows'})"
        for table, trigger, before in database.rows(questions.OTHER_TRIGGERS, [_written(uses)])
    ]
    if not found:
        return ok("triggers", "none that would touch applied rows")
    return warning(
        "triggers",
        _some(found),
        "let them do nothing when current_setting('strangler.origin', true) = 'apply', or be sure that they may",
    )


def _rules(database: Database, uses: Sequence[TableUse]) -> Finding:
    written = frozenset(_written(uses))
    found = [(str(table), str(rule)) for table, rule in database.rows(questions.RULES, [_names(uses)])]
    if not found:
        return ok("rules", "none")
    text = _some([f"{rule} on {table}" for table, rule in found])
    if any(table in written for table, _ in found):
        return problem(
            "rules", f"{text}: rows cannot be applied to a table with rules", "replace the rules by triggers"
        )
    return warning(
        "rules", f"{text}: they may lead writes elsewhere", "be sure that the tables they lead to are followed"
    )


def _names(uses: Iterable[TableUse]) -> list[Value]:
    return [use.name for use in uses]


def _written(uses: Iterable[TableUse]) -> list[Value]:
    return [use.name for use in uses if use.written]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
