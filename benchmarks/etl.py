"""How fast a service's database is filled, beside psql and other programs, in one run.

    python -m benchmarks.etl [--quick] [--json] [--rows N]

A million rows of ten columns and half as many of a child table that refers to them go from one PostgreSQL database to
another on the same server, indexes and foreign key in place. The time of a whole process counts, interpreter and
imports included. Rounds are interleaved: everybody has a turn in each. Ours writes the tables a service owns: with a
fence and a journal on them, chunks and checkpoints. Where programs make their tables themselves, psql makes the keys in
the end, so that all but dlt's are there with the same ones. How psql itself does beside them is printed, too: its pipe
has no process to start, no chunks, no fence and no journal.

Exits with 4 when there is no PostgreSQL; rivals that cannot be had, or fail, are named and left out. Linux only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks import etl_rivals, etl_tables
from benchmarks.etl_rivals import STRANGLER, Rival
from benchmarks.etl_stage import PROJECTS, TARGETS, Cost, Stage, mariadb_source, sqlite_source, stage
from benchmarks.metric import Metric, as_json
from benchmarks.peers import PeerUnavailableError
from benchmarks.processes import memory
from strangler.demo.mariadb import missing_mariadb
from strangler.model.errors import UnavailableError
from strangler.project_reader import parse_project
from strangler_etl.mapping.selects import forward_select
from strangler_etl.migration import open_migration

_SAME_QUERIES = ("SELECT * FROM review", "SELECT * FROM vote")
_SLOW = 10
"""Slow programs copy this fraction of the rows."""
_TARGETS = {"pgloader": ">= 2.5", "sling": ">= 3.5", "dlt": ">= 8", "petl": ">= 25"}
_FOREIGN_TARGETS = {"pgloader": ">= 1.5", "sling": ">= 2"}


@dataclass(frozen=True, slots=True)
class Place:
    """A stage and where its projects lie, prepared for `strangler`."""

    stage: Stage
    folder: Path
    source: str

    def environment(self, target: str) -> dict[str, str]:
        """What a project's addresses refer to."""
        return {"SOURCE": self.source, "TARGET": target}

    def project(self, name: str) -> Path:
        """The folder of a project."""
        return self.folder / name


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 without PostgreSQL."""
    parser = argparse.ArgumentParser(description="Time the copy beside other programs.")
    parser.add_argument("--quick", action="store_true", help="two rounds of fewer rows")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int)
    options = parser.parse_args(arguments)
    rows = options.rows or (200_000 if options.quick else 1_000_000)
    rounds = 2 if options.quick else 5
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = list(_measure(Path(folder), rows, rounds))
    except UnavailableError as error:
        _note(f"skipped: {error}")
        return 4
    print(as_json(found) if options.json else "\n".join(metric.line() for metric in found))
    return 0


def _measure(folder: Path, rows: int, rounds: int) -> Iterator[Metric]:
    _note(f"{rows} rows and half as many, {rounds} rounds; load average {os.getloadavg()[0]:.1f} at the start")
    with stage(rows, folder) as full:
        place = prepared(full, folder)
        psql = etl_rivals.psql(full.psql, _SAME_QUERIES)
        by_hand = etl_rivals.psql_by_hand(full.psql)
        rivals = [psql, by_hand, *_loaders(place)]
        costs = costs_of(place, "same", [etl_rivals.ours(), *rivals], rounds)
        yield _per_second("copy_vs_psql", full.rows, costs, "psql", ">= 0.85")
        yield _per_second("copy_vs_psql_by_hand", full.rows, costs, by_hand.name, "printed")
        for rival in rivals[2:]:
            if rival.name in costs:
                yield _per_second(f"vs_{rival.name}", full.rows, costs, rival.name, _TARGETS[rival.name])
                bound = {**costs, "ours": costs["psql"]}
                yield _per_second(f"psql_vs_{rival.name}", full.rows, bound, rival.name, "printed")
        yield _chunks(place, rounds)
        mapped = costs_of(place, "mapped", [etl_rivals.ours(), _mapped_psql(place)], rounds)
        yield _per_second("mapping_vs_psql", full.rows, mapped, "psql", ">= 0.90")
        yield _memory(place)
        yield _verification(place, rounds)
        yield from etl_tables.measured(full, folder, rounds)
        ours = costs["ours"]
        yield from _from_sqlite(place, rows, rounds)
        yield from _from_mariadb(place, rows, rounds)
    with stage(rows // _SLOW, folder) as small:
        place = prepared(small, folder)
        slow = _available(etl_rivals.dlt, etl_rivals.petl)
        costs = costs_of(place, "same", slow, rounds)
        for rival in slow:
            if rival.name in costs:
                speeds = (
                    [full.rows / cost.wall for cost in ours],
                    [small.rows / cost.wall for cost in costs[rival.name]],
                )
                yield Metric(f"vs_{rival.name}", rival.name, _TARGETS[rival.name], "rows/s", *speeds)


def prepared(full: Stage, folder: Path) -> Place:
    """Targets with and without what strangler keeps in them, and the projects."""
    place = Place(full, folder, full.source)
    for name, tables in TARGETS.items():
        full.template(f"{name}-plain", tables)
        full.template(f"{name}-ours", tables)
        place.project(name).mkdir(exist_ok=True)
        (place.project(name) / "strangler.toml").write_text(PROJECTS[name])
        _install(place, name)
    full.template("empty", "SELECT 1")
    return place


def _install(place: Place, name: str) -> None:
    """Let both sides keep journals, in the template of the project's targets."""
    subprocess.run(
        [*STRANGLER, "journal", "install", "reviews"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=place.project(name),
        env={**os.environ, **place.environment(place.stage.url(f"{name}-ours"))},
    )


def _from_sqlite(place: Place, rows: int, rounds: int) -> Iterator[Metric]:
    """The same tables from a SQLite file."""
    sqlite = replace(place, source=sqlite_source(place.folder, rows))
    _install(sqlite, "same")
    rivals = _loaders(place)
    costs = costs_of(sqlite, "same", [etl_rivals.ours(), *rivals], rounds)
    for rival in rivals:
        if rival.name in costs:
            target = _FOREIGN_TARGETS[rival.name]
            yield _per_second(f"sqlite_vs_{rival.name}", place.stage.rows, costs, rival.name, target)


def _from_mariadb(place: Place, rows: int, rounds: int) -> Iterator[Metric]:
    """The same tables from a MariaDB server."""
    if reason := missing_mariadb():
        _note(f"left out: mariadb_vs_pgloader, mariadb_vs_sling: {reason}")
        return
    with mariadb_source(place.folder, rows) as (address, process), place.stage.beside(process):
        mariadb = replace(place, source=address)
        _install(mariadb, "same")
        rivals = _loaders(place)
        costs = costs_of(mariadb, "same", [etl_rivals.ours(), *rivals], rounds)
    for rival in rivals:
        if rival.name in costs:
            target = _FOREIGN_TARGETS[rival.name]
            yield _per_second(f"mariadb_vs_{rival.name}", place.stage.rows, costs, rival.name, target)


def _loaders(place: Place) -> list[Rival]:
    psql = place.stage.psql
    return _available(partial(etl_rivals.pgloader, psql), partial(etl_rivals.sling, psql))


def _available(*makers: Callable[[], Rival]) -> list[Rival]:
    found: list[Rival] = []
    for maker in makers:
        try:
            found.append(maker())
        except PeerUnavailableError as error:
            _note(f"left out: {error}")
    return found


def costs_of(place: Place, project: str, rivals: list[Rival], rounds: int) -> dict[str, list[Cost]]:
    """What each run of each rival took; a rival that fails is named and left out from then on."""
    costs: dict[str, list[Cost]] = {rival.name: [] for rival in rivals}
    for _ in range(rounds):
        for rival in rivals:
            if rival.name in costs:
                try:
                    costs[rival.name].append(_run(place, project, rival))
                except RuntimeError as error:
                    if rival.name in {"ours", "psql", "psql by hand"}:
                        raise
                    _note(f"left out: {rival.name}: {error}")
                    del costs[rival.name]
    _table(project, place.stage.rows, costs)
    return costs


def _run(place: Place, project: str, rival: Rival) -> Cost:
    kind = "ours" if rival.name.startswith("ours") else "plain"
    template = "empty" if rival.own_tables else f"{project}-{kind}"
    with place.stage.target(template) as target, tempfile.TemporaryDirectory() as own:
        command = rival.command(place.source, target, Path(own))
        cost = place.stage.cost(command, place.environment(target), place.project(project))
        if not rival.own_tables and (counted := place.stage.counted(target)) != place.stage.rows:
            raise RuntimeError(f"copied {counted} rows of {place.stage.rows}")
        return cost


def _mapped_psql(place: Place) -> Rival:
    """The very queries that strangler sends, each through one psql."""
    environment = place.environment(place.stage.url("mapped-ours"))
    with open_migration(parse_project(PROJECTS["mapped"]), "reviews", environment) as migration:
        queries = {
            table.target.name: (
                forward_select(migration.source, table).between(migration.source)[0],
                forward_select(migration.source, table).columns,
            )
            for table in migration.mapping.tables
        }
    return etl_rivals.psql(place.stage.psql, (queries["review"][0], queries["vote"][0]))


def _chunks(place: Place, rounds: int) -> Metric:
    """One lane in chunks of a second, and one lane in one chunk for each table."""
    module = [sys.executable, "-m", "benchmarks.etl_run", "1"]
    variants = {"ours in chunks": "5000", "ours in one": "1000000000"}
    rivals = [variant(name, [*module, rows]) for name, rows in variants.items()]
    costs = costs_of(place, "same", rivals, rounds)
    chunks, one = ([cost.wall for cost in costs[name]] for name in variants)
    return Metric("chunk_overhead", "one stream", "<= 1.10", "s", chunks, one)


def variant(name: str, command: list[str]) -> Rival:
    """Return a way of our own to copy."""
    return Rival(name, lambda _source, _target, _folder: command)


def _memory(place: Place) -> Metric:
    command = [*STRANGLER, "etl", "run", "reviews", "--json", "--config", str(place.project("same"))]
    metric = Metric("memory_mb", "nothing to copy", "<= 64", "MB")
    with place.stage.target("same-ours") as target:
        os.environ.update(place.environment(target))
        busy, idle = memory(command), memory(command)
    metric.add(busy.parent - idle.parent)
    return metric


def _verification(place: Place, rounds: int) -> Metric:
    """A whole verification, and a digest of every row of both databases that are compared one by one."""
    with place.stage.target("same-ours") as target:
        environment, project = place.environment(target), place.project("same")
        place.stage.cost([*STRANGLER, "etl", "run", "reviews"], environment, project)
        rivals = [
            variant("ours", [*STRANGLER, "etl", "verify", "reviews", "--json"]),
            etl_rivals.digests(place.stage.psql),
        ]
        costs: dict[str, list[Cost]] = {rival.name: [] for rival in rivals}
        for _ in range(rounds):
            for rival in rivals:
                command = rival.command(place.stage.source, target, project)
                costs[rival.name].append(place.stage.cost(command, environment, project))
    _table("verify", place.stage.rows, costs)
    ours, md5 = ([cost.wall for cost in costs[rival.name]] for rival in rivals)
    return Metric("verify_vs_md5", "md5", "<= 0.5", "s", ours, md5)


def _per_second(name: str, rows: int, costs: dict[str, list[Cost]], peer: str, target: str) -> Metric:
    ours, other = ([rows / cost.wall for cost in costs[one]] for one in ("ours", peer))
    return Metric(name, peer, target, "rows/s", ours, other)


def _table(title: str, rows: int, costs: dict[str, list[Cost]]) -> None:
    _note(f"{title:16} {'s':>7} {'rows/s':>9}   processor seconds for a million rows: {'client':>7} {'server':>7}")
    for name, each in costs.items():
        if each:
            wall = statistics.median(cost.wall for cost in each)
            client, server = (
                statistics.median(values) * 1e6 / rows
                for values in ([cost.client for cost in each], [cost.server for cost in each])
            )
            _note(f"{name:16} {wall:7.2f} {rows / wall:9.0f} {'':38} {client:7.2f} {server:7.2f}")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
