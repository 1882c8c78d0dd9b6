"""A migration in which tables are split, merged, and get columns the source lacks, between whatever engines."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.authority import Authority, Side
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.following.batch_size import MOST_CHANGES
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration, Missing, open_migration
from strangler_etl.records.authority import read_authority, replace_authority
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import verified

ENGINES = (pytest.param("postgres postgres", marks=pytest.mark.postgres), "sqlite sqlite")
CROSSING = pytest.param("sqlite postgres", marks=pytest.mark.postgres)


class OpenedParts(Protocol):
    """Opens migrations of tables made for one test."""

    def __call__(
        self, statements: Sequence[str], text: str, target: Sequence[str] = ()
    ) -> AbstractContextManager[Migration]:
        """Make v1's tables by `statements`, and by `target` those of v2 that are not to be created from them."""
        ...


_numbers = count(1)
DATABASES = """
[monolith]
database = "${SOURCE}"
[services.people]
database = "${TARGET}"
"""


@pytest.fixture
def opened_parts(request: pytest.FixtureRequest, tmp_path: Path) -> OpenedParts:
    """Open a migration of the service ``people`` from tables made by some statements.

    The text is put behind ``[services.people]``. Tables of the target that nothing makes are created.
    """

    @contextmanager
    def opened(statements: Sequence[str], text: str, target: Sequence[str] = ()) -> Generator[Migration]:
        number, urls = next(_numbers), dict[str, str]()
        for side, engine in zip(("SOURCE", "TARGET"), str(request.param).split(), strict=True):
            if engine == "sqlite":
                (tmp_path / f"{number}_{side}.sqlite3").touch()
                urls[side] = f"sqlite:///{tmp_path / f'{number}_{side}.sqlite3'}"
            else:
                server = request.getfixturevalue("postgres")
                assert isinstance(server, PostgresServer)
                urls[side] = server.create_database(f"parts_{number}_{side.lower()}")
        for side, script in (("SOURCE", statements), ("TARGET", target)):
            with closing(open_database(DatabaseUrl(urls[side]))) as database:
                for statement in script:
                    database.execute(statement)
        with open_migration(parse_project(DATABASES + text), "people", urls, Missing.CREATE) as migration:
            migration.install()
            yield migration

    return opened


_FOLLOWER = """
import os
from contextlib import suppress
from strangler.project_reader import parse_project
from strangler_etl.errors import MisplacedRowError
from strangler_etl.following.batch_size import MOST_CHANGES
from strangler_etl.following.follower import apply_backward
from strangler_etl.migration import open_migration
with open_migration(parse_project(os.environ["PROJECT"]), "people", os.environ) as migration:
    print("begun", flush=True)
    while True:
        with suppress(MisplacedRowError):
            apply_backward(migration.source, migration.target, migration.mapping, most=3)
"""


def _environment(migration: Migration, text: str) -> dict[str, str]:
    return {
        **os.environ,
        "SOURCE": migration.addresses.source.reveal(),
        "TARGET": migration.addresses.target.reveal(),
        "PROJECT": DATABASES + text,
    }


@contextmanager
def killed_follower(migration: Migration, text: str) -> Generator[None]:
    """Let a process take to v1 what v2 writes meanwhile, and kill it in the end."""
    command = [sys.executable, "-c", _FOLLOWER]
    with subprocess.Popen(command, env=_environment(migration, text), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            assert running.stdout.readline() == "begun\n"
            yield
            assert running.poll() is None
        finally:
            running.kill()


_PARTS_FOLLOWER = """
import os, sys
from strangler.project_reader import parse_project
from strangler_etl.following.follower import apply_backward
from strangler_etl.migration import open_migration
with open_migration(parse_project(os.environ["PROJECT"]), "people", os.environ) as migration:
    for _ in sys.stdin:
        more = apply_backward(migration.source, migration.target, migration.mapping, most=2).more
        print("more" if more else "all", flush=True)
"""


def killed_between_parts(migration: Migration, text: str, parts: int) -> bool:
    """Let a process apply so many parts, of two records each, and kill it; return whether more waits."""
    said = "more"
    with subprocess.Popen(
        [sys.executable, "-c", _PARTS_FOLLOWER],
        env=_environment(migration, text),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        try:
            for _ in range(parts):
                running.stdin.write("\n")
                running.stdin.flush()
                said = running.stdout.readline().strip()
        finally:
            running.kill()
    assert said in {"more", "all"}
    return said == "more"


def copied_parts(migration: Migration) -> None:
    """Copy in chunks of a few rows."""
    backfill(migration, SilentProgress(), RunSettings(Pace(rows=3), jobs=1))


def followed_parts(migration: Migration) -> None:
    """Apply what has changed, and find both sides equal."""
    apply_forward(migration.source, migration.target, migration.mapping)
    assert verified(migration).clean


def moved_to(migration: Migration, side: Side) -> None:
    """Move the authority, with nobody writing."""
    source, target = migration.source, migration.target
    before = read_authority(source, migration.service.name)
    replace_authority(source, before, Authority(migration.service.name, side, before.epoch + 1))
    v1, v2 = (source, migration.source_tables), (target, migration.target_tables)
    (closed, its), (opened, others) = (v1, v2) if side is Side.V2 else (v2, v1)
    with closed.locked(its, 5):
        closed.fence.close(its)
    with opened.transaction():
        opened.fence.open(others)


def follow_back(migration: Migration, most: int = MOST_CHANGES) -> None:
    """Apply what v2 has changed to v1, in parts of `most` records."""
    while apply_backward(migration.source, migration.target, migration.mapping, most=most).more:
        pass


def write_v2(migration: Migration, *statements: str) -> None:
    """Write to v2 in one transaction."""
    with migration.target.transaction():
        for statement in statements:
            migration.target.execute(statement)
