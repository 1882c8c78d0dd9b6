"""Two runs at once: the second one is told who is copying."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from strangler.model.errors import ExitCode
from strangler.model.progress import SilentProgress
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.engine import run_lock as lock
from strangler_etl.engine.holder import Holder
from strangler_etl.errors import RunUnderWayError
from strangler_etl.etl_status import etl_status
from tests.etl.copied_case import seed_reviews
from tests.etl.reviews_case import ReviewsCase

_HOLD = """
import sys
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
with open_database(DatabaseUrl(sys.argv[1])) as database, database.run_lock.held("reviews"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_told_who_copies(case: ReviewsCase) -> None:
    """Nothing is written, and nothing taken away, while the status can be asked for; then the lock is free again."""
    seed_reviews(case, 5)
    with case.migration() as migration, case.migration() as other:
        migration.install()
        assert etl_status(migration).running is None
        with other.target.run_lock.held("reviews"):
            begun = etl_status(migration).running
            assert begun is not None
            assert (begun.host, begun.pid) == (socket.gethostname(), os.getpid())
            assert abs(begun.since - time.time()) < 60
            with pytest.raises(RunUnderWayError) as caught:
                backfill(migration, SilentProgress())
            assert str(caught.value) == (
                f"service reviews: etl run is under way: {begun};"
                " let it finish, or end it; how far it is says: strangler etl status reviews"
            )
            assert caught.value.exit_code is ExitCode.ENVIRONMENT
            with pytest.raises(RunUnderWayError):
                clean(migration)
            assert case.target_rows() == []
        assert etl_status(migration).running is None
        backfill(migration, SilentProgress())
        assert len(migration.target.rows("SELECT 1 FROM review")) == 5


def test_services_do_not_wait_for_each_other(case: ReviewsCase) -> None:
    """Two services may be filled in the same database at once."""
    with case.migration() as migration, case.migration() as other:
        migration.install()
        with migration.target.run_lock.held("reviews"), other.target.run_lock.held("billing"):
            assert migration.target.run_lock.holder("reviews") is not None
            assert migration.target.run_lock.holder("billing") is not None


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    """Who comes by another name is kept out as well."""
    file, link = tmp_path / "shop.sqlite3", tmp_path / "link.sqlite3"
    file.touch()
    link.symlink_to(file)
    with (
        open_database(DatabaseUrl(f"sqlite:///{file}")) as database,
        open_database(DatabaseUrl(f"sqlite:///{link}")) as other,
        database.run_lock.held("reviews"),
    ):
        assert not other.run_lock.take("reviews")


def test_a_dead_holder_is_none(case: ReviewsCase) -> None:
    """SIGKILL leaves its entry behind, but not its lock."""
    with case.migration() as migration:
        migration.install()
        command = [sys.executable, "-c", _HOLD, case.environment["TARGET"]]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            holder = migration.target.run_lock.holder("reviews")
            assert holder is not None
            assert holder.pid == process.pid
            with pytest.raises(RunUnderWayError, match=f"process {process.pid} on "):
                backfill(migration, SilentProgress())
            process.send_signal(signal.SIGKILL)
        assert backfill(migration, SilentProgress())
        assert etl_status(migration).running is None


def test_one_on_another_machine_is_waited_for_a_while(case: ReviewsCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its server may not have noticed yet that it is gone."""
    with case.migration() as migration, case.migration() as other:
        migration.install()
        with other.target.run_lock.held("reviews"), monkeypatch.context() as patch:
            patch.setattr(Holder, "seen_alive", False)
            patch.setattr(lock, "_DYING_SECONDS", 0.2)
            begun = time.monotonic()
            with pytest.raises(RunUnderWayError):
                backfill(migration, SilentProgress())
            assert time.monotonic() - begun > 0.2
