"""The SQL that gives a PostgreSQL table the triggers of strangler's journal and fence."""

from __future__ import annotations

from collections.abc import Sequence

JOURNAL_TRIGGERS = ("strangler_journal_insert", "strangler_journal_update", "strangler_journal_delete")
TRUNCATE_TRIGGER = "strangler_journal_truncate"
FENCE_TRIGGERS = ("strangler_fence_rows", "strangler_fence_truncate")
LOOSE_FENCE_TRIGGERS = ("strangler_fence_statements", "strangler_fence_truncate")


def journal_triggers(table: str, literals: Sequence[str], noted: Sequence[str]) -> str:
    """The statements that begin to journal a table; `table` is quoted, the arguments of the triggers are `literals`.

    The trigger for TRUNCATE also remembers what is `noted` of the table (literals): its partitions, and columns of the
    key.

    The names sort after those of the foreign keys' own triggers, so that only valid changes are journaled.
    """
    arguments = ", ".join(literals)
    return f"""
    {insert_trigger(table, arguments)}
    CREATE TRIGGER strangler_journal_update AFTER UPDATE ON {table}
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION strangler.journal_update({arguments});
    CREATE TRIGGER strangler_journal_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION strangler.journal_delete({arguments});
    CREATE TRIGGER {TRUNCATE_TRIGGER} AFTER TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION strangler.journal_truncate({", ".join(noted)});
    """


def insert_trigger(table: str, arguments: str) -> str:
    """The statement that lets a table's journal record inserts; takes a quoted table, and SQL."""
    return f"""
    CREATE TRIGGER strangler_journal_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION strangler.journal_insert({arguments});
    """


def always_journal(table: str) -> str:
    """The statements that let a table's journal triggers fire for replicating sessions, too.

    A trigger that was disabled and enabled again no longer does, which shows that changes were missed. Creating a
    trigger needs a privilege; this needs the table's owner.
    """
    names = (*JOURNAL_TRIGGERS, TRUNCATE_TRIGGER)
    return "".join(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};" for name in names)


def fence_triggers(table: str) -> str:
    """The statements that prepare a table's fence, still open."""
    return f"""
    CREATE TRIGGER strangler_fence_rows BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW WHEN (current_setting('strangler.origin', true) IS DISTINCT FROM 'apply')
        EXECUTE FUNCTION strangler.refuse_write();
    CREATE TRIGGER strangler_fence_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION strangler.refuse_write();
    ALTER TABLE {table} DISABLE TRIGGER strangler_fence_rows;
    ALTER TABLE {table} DISABLE TRIGGER strangler_fence_truncate;
    """


def loose_fence_trigger(table: str) -> str:
    """The statement that prepares the fence of a table that is being filled.

    A row-level trigger would make COPY write one row at a time, and be checked for each row.
    """
    return f"""
    CREATE TRIGGER strangler_fence_statements BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH STATEMENT WHEN (current_setting('strangler.origin', true) IS DISTINCT FROM 'apply')
        EXECUTE FUNCTION strangler.refuse_write();
    """
