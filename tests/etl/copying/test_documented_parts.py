"""The worked example of the documentation does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.etl.copied_case import tamper, verified
from tests.etl.parts_case import ENGINES, OpenedParts, copied_parts, followed_parts

_DOCUMENT = Path(__file__).parents[3] / "docs" / "etl.md"


def _blocks() -> list[str]:
    """The indented blocks of the example: the source, the mapping, a query, and what it gives."""
    (example,) = re.findall(r"^## A worked example of both\n(.*?)^## ", _DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    blocks: list[str] = re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", example, re.MULTILINE)
    return [re.sub("^    ", "", block, flags=re.MULTILINE) for block in blocks]


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_the_example_does_what_it_says(opened_parts: OpenedParts) -> None:
    """Copied and followed, with what the service has made of it."""
    source, mapping, query, rows = _blocks()
    statements = [statement for statement in source.split(";") if statement.strip()]
    with opened_parts(statements, mapping.removeprefix("[services.people]\n")) as migration:
        copied_parts(migration)
        assert verified(migration).clean
        found = [" | ".join(map(str, row)) for row in migration.target.rows(query)]
        assert found == rows.strip().splitlines()
        tamper(migration, "UPDATE party SET loyalty = 7 WHERE kind = 'customer'")
        migration.source.execute("UPDATE customer SET bio = 'sings', name = 'Rob' WHERE id = 2")
        migration.source.execute("UPDATE customer SET bio = NULL WHERE id = 1")
        followed_parts(migration)
        assert migration.target.rows(query) == [
            ("customer", 1, "Ann", 7, None),
            ("customer", 2, "Rob", 7, "sings"),
            ("supplier", 1, "Lamps Ltd", 0, None),
        ]
