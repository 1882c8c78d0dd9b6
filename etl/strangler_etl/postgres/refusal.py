"""Why PostgreSQL refuses a connection, and what to do about it; and which errors refuse a single row only."""

from __future__ import annotations

import re

_MENDS = (
    ("password authentication failed", "correct the user or the password in the address"),
    ("no password supplied", "write the password into the address: postgresql://user:password@host/database"),
    ("Connection refused", "start the server, or correct host and port in the address"),
    ("No such file or directory", "start the server, or write the host into the address"),
    ("resolve host", "correct the host in the address; in a password, write @ as %40 and / as %2F"),
    ("host name", "correct the host in the address; in a password, write @ as %40 and / as %2F"),
    ('option "port"', "correct the port in the address; in a password, write : as %3A and / as %2F"),
    ("percent-encoded", "write % as %25 in the password"),
    ("timeout|timed out", "start the server, open the firewall, or correct host and port in the address"),
    (r"pg_hba\.conf", "allow this user and this machine in the server's pg_hba.conf, and reload the server"),
    (
        'permission denied for database (".*?")',
        r"as its owner: GRANT CONNECT ON DATABASE \1 TO the user of the address",
    ),
    ('role (".*?") is not permitted', r"as a superuser: ALTER ROLE \1 LOGIN, or correct the user in the address"),
    ("connection slots|too many clients", "end other connections, or raise max_connections"),
    ("too many", "end other connections, or raise the limit the message names"),
    ("starting up", "wait until the server has started"),
    ("shutting down", "start the server"),
    ('database ".*" does not exist', "create the database, or correct its name in the address"),
    ('role ".*" does not exist', "create the role, or correct the user in the address"),
    ('query parameter: "ssl"', "write sslmode for ssl, which is what asyncpg calls it"),
    ("SSL", "correct sslmode in the address, or switch SSL on in the server"),
    ("query parameter", "take it out of the address"),
)
"""Patterns of libpq's and the server's messages; the first match counts; a server may use another language."""


def mend_of_refusal(said: str) -> str | None:
    """What to do when no connection is made, by the message; None when it is not known."""
    found = ((re.search(pattern, said), mend) for pattern, mend in _MENDS)
    return next((match.expand(mend) for match, mend in found if match), None)


def refuses_row(state: str | None) -> bool:
    """Whether an error of this SQLSTATE is about a value, a constraint, or what a trigger says of a row.

    Classes 22 and 23, and P0001 (https://www.postgresql.org/docs/current/errcodes-appendix.html).
    """
    return state is not None and (state[:2] in {"22", "23"} or state == "P0001")


def mend_of_hidden_rows(function: str | None, role: str) -> str | None:
    """What to do when a query was refused because rows would be hidden from a role, by the server's function."""
    if function != "check_enable_rls":
        return None
    return f"rows that are not seen would be taken for deleted; as a superuser: ALTER ROLE {role} BYPASSRLS"


_TIME_OUTS = {
    "57014": "statement_timeout",
    "55P03": "lock_timeout",
    "25P04": "transaction_timeout",
}
_IDLE = {"25P03": "idle_in_transaction_session_timeout", "57P05": "idle_session_timeout"}
"""Time-outs that are at least an hour in strangler's own sessions: a lower setting for the user changes nothing."""


def mend_of_time_out(state: str | None, said: str) -> str | None:
    """What to do when the server's time-out has ended a statement, by SQLSTATE; None for other errors."""
    idle = _IDLE.get(state or "")
    if idle is not None:
        return f"try again, or if it was idle for an hour or more: ALTER ROLE ... SET {idle} = 0, which is no limit"
    setting = _TIME_OUTS.get(state or "")
    if setting is None or (state == "57014" and "statement timeout" not in said):
        return None
    return f"try again, or raise it for the user of the address: ALTER ROLE ... SET {setting} = '15min'"
