"""The indexes of a SQLite table."""

from __future__ import annotations

import json
from collections.abc import Sequence

from strangler_etl.session import Session


def unique_columns(session: Session, table: str, *, partial: bool = True) -> Sequence[Sequence[str]]:
    """The columns of each unique index, those over expressions left out."""
    found = session.rows(
        """
        SELECT json_group_array(info.name) FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info
         WHERE list."unique" AND list.partial <= ? GROUP BY list.name HAVING count(*) = count(info.name)
        """,
        [table, partial],
    )
    return [json.loads(str(columns)) for (columns,) in found]
