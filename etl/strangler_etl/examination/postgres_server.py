"""What a PostgreSQL server must be and allow."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import Database
from strangler_etl.examination import postgres_questions as questions
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_etl.postgres.database import PostgresDatabase

OLDEST = 130_000
"""The first version with ``xid8`` and ``pg_snapshot``, which reading the journal needs."""
LONG_SECONDS = 60.0
IDLE_SECONDS = 5.0
"""How long a transaction may be idle; every one is, briefly, between two statements."""
FREE_CONNECTIONS = 10
_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 10


@contextmanager
def opened_to_look(url: DatabaseUrl) -> Generator[Database]:
    """Connect read-only, with short time limits; DatabaseError when the server does not answer."""
    text = url.reveal()
    if "connect_timeout" not in text:
        text += f"{'&' if urlsplit(text).query else '?'}connect_timeout={_CONNECT_SECONDS}"
    with PostgresDatabase(DatabaseUrl(text)) as database:
        database.execute(
            f"SET statement_timeout = '{_STATEMENT_SECONDS}s'; SET lock_timeout = '1s';"
            " SET default_transaction_read_only = on"
        )
        yield database


def server_checks(database: Database) -> Sequence[Check]:
    """Version, settings, sessions, and whether strangler may have a schema of its own."""
    return (
        Check("engine", lambda: [_engine(database)]),
        Check("extensions", lambda: [_language(database)]),
        Check("encoding", lambda: [_encoding(database)]),
        Check("writing", lambda: [_writing(database)]),
        Check("triggers fire", lambda: [_replication_role(database)]),
        Check("durability", lambda: [_durability(database)]),
        Check("schema strangler", lambda: [_schema(database)]),
        Check("connections", lambda: [_connections(database)]),
        Check("long transactions", lambda: long_transactions(database)),
        Check("prepared transactions", lambda: [_prepared(database)]),
    )


def identity_of(database: Database) -> str:
    """The server's start time and port with the database's number: the same whatever host name is used."""
    return str(database.rows(questions.IDENTITY)[0][0])


def seconds(database: Database) -> float:
    """The server's clock, in seconds since 1970."""
    return float(str(database.rows("SELECT extract(epoch FROM clock_timestamp())::double precision")[0][0]))


def role_of(database: Database) -> str:
    """The role strangler logs in as, quoted as in a statement."""
    return database.quoted(str(database.rows("SELECT current_user")[0][0]))


def engine_finding(number: int, version: str) -> Finding:
    """Judge a server by ``server_version_num`` and ``server_version``."""
    if number >= OLDEST:
        return ok("engine", f"PostgreSQL {version}")
    return problem(
        "engine", f"PostgreSQL {version}", "move the database to PostgreSQL 13 or newer: its journal needs it"
    )


def _engine(database: Database) -> Finding:
    return engine_finding(int(_setting(database, "server_version_num")), _setting(database, "server_version"))


def _language(database: Database) -> Finding:
    usable = database.rows("SELECT has_language_privilege(oid, 'USAGE') FROM pg_language WHERE lanname = 'plpgsql'")
    if usable == [(True,)]:
        return ok("extensions", "none is needed beside plpgsql, which is there")
    mend = f"GRANT USAGE ON LANGUAGE plpgsql TO {role_of(database)}" if usable else "CREATE EXTENSION plpgsql"
    return problem("extensions", "plpgsql, the language of the triggers, may not be used", f"as a superuser: {mend}")


def _encoding(database: Database) -> Finding:
    found = _setting(database, "server_encoding")
    if found == "UTF8":
        return ok("encoding", found)
    return problem("encoding", found, "restore the database into one that is created with ENCODING 'UTF8'")


def _writing(database: Database) -> Finding:
    if database.rows("SELECT pg_is_in_recovery()") == [(True,)]:
        return problem("writing", "this server is a standby", "name the primary server in the address")
    if database.rows(questions.READ_ONLY) == [("on",)]:
        return problem(
            "writing",
            "transactions are read-only (default_transaction_read_only)",
            "run, one after the other: SET default_transaction_read_only = off;"
            f" ALTER ROLE {role_of(database)} SET default_transaction_read_only = off",
        )
    return ok("writing", "a primary server that accepts writes")


def _replication_role(database: Database) -> Finding:
    found = [(str(name), str(reset)) for name, reset in database.rows(questions.REPLICA_SETTINGS)]
    if _setting(database, "session_replication_role") == "replica" and not found:
        found = [("this session", "take the setting out of the address and of postgresql.conf")]
    if not found:
        return ok("triggers fire", "session_replication_role is replica for nobody")
    return problem(
        "triggers fire",
        f"session_replication_role is replica for {', '.join(name for name, _ in found)}:"
        " what is written so is not journaled",
        f"as a superuser: {'; '.join(mend for _, mend in found)}",
    )


def _durability(database: Database) -> Finding:
    off = [name for name in ("synchronous_commit", "fsync", "full_page_writes") if _setting(database, name) == "off"]
    if not off:
        return ok("durability", "an acknowledged write survives a crash of the server")
    return warning(
        "durability",
        f"{', '.join(off)} off: the server itself may lose an acknowledged write when it crashes",
        f"set {', '.join(f'{name} = on' for name in off)} in postgresql.conf, and reload the server",
    )


def _schema(database: Database) -> Finding:
    name, role = "schema strangler", role_of(database)
    found = database.rows(questions.OWN_SCHEMA)
    if not found:
        if database.rows("SELECT has_database_privilege(current_database(), 'CREATE')") == [(True,)]:
            return ok(name, f"not there yet; {role} may create it")
        current = database.quoted(str(database.rows("SELECT current_database()")[0][0]))
        return problem(
            name, f"{role} may not create it", f"as the database's owner: GRANT CREATE ON DATABASE {current} TO {role}"
        )
    owners = sorted({str(owner) for (owner,) in database.rows(questions.FOREIGN_OWNERS)})
    if owners:
        return problem(
            name,
            f"it, or something in it, belongs to {', '.join(owners)}, whose rights {role} does not have",
            f"as a superuser: GRANT {', '.join(map(database.quoted, owners))} TO {role}",
        )
    return ok(name, f"there, and {role} may change it")


def _connections(database: Database) -> Finding:
    limit, *counts = database.rows(questions.CONNECTIONS)[0]
    allowed, used = (int(str(number)) for number in counts)
    found = f"{allowed - used} of {allowed} free"
    if allowed - used >= FREE_CONNECTIONS:
        return ok("connections", found)
    return warning("connections", f"{found} ({limit})", f"raise it, so that {FREE_CONNECTIONS} are free")


def long_transactions(database: Database, idle: float = IDLE_SECONDS) -> Iterator[Finding]:
    """Transactions older than `LONG_SECONDS`, and those that have done nothing for `idle` seconds."""
    name = "long transactions"
    hidden = database.rows("SELECT pg_has_role('pg_read_all_stats', 'USAGE')") == [(False,)]
    if hidden:
        role = role_of(database)
        yield warning(
            name, f"{role} does not see those of other roles", f"as a superuser: GRANT pg_read_all_stats TO {role}"
        )
    found = [
        f"pid {pid} ({application or 'no application_name'}) for {float(str(age)):.0f} s, {state}"
        for pid, application, age, state in database.rows(questions.LONG_TRANSACTIONS, [LONG_SECONDS, idle])
    ]
    if found:
        yield warning(
            name,
            "; ".join(found),
            "let them end before a cut-over, which waits for them: SELECT pg_terminate_backend(pid) ends one",
        )
    elif not hidden:
        yield ok(name, f"none older than {LONG_SECONDS:g} s, none idle for {idle:g} s")


def _prepared(database: Database) -> Finding:
    found = [str(name) for (name,) in database.rows(questions.PREPARED_TRANSACTIONS)]
    if not found:
        return ok("prepared transactions", "none")
    return warning(
        "prepared transactions",
        f"{', '.join(found)}: what they have written stays locked until they end",
        "end each: COMMIT PREPARED 'name', or ROLLBACK PREPARED 'name'",
    )


def _setting(database: Database, name: str) -> str:
    return str(database.rows("SELECT current_setting(%s)", [name])[0][0])
