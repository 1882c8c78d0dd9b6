"""How long many small tables and a large one take, together and one after the other.

`benchmarks.etl` has it with the rest, and `python -m benchmarks.etl_tables [ROUNDS]` alone. Forty tables and one of a
hundred times as many rows, which all refer to a further one, go from one PostgreSQL database to another on the same
server. psql by hand has a pipe for each table, one after the other, and makes the foreign keys in the end.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.etl_rivals import STRANGLER, Rival, quoted
from benchmarks.etl_stage import Cost, Stage, stage
from benchmarks.metric import Metric

SMALL = 40
_LARGE = 100
"""The large table has as many times the rows of a small one."""
_OWNERS = 1_000
_TABLES = (*(f"small_{number:02}" for number in range(SMALL)), "large")
_KEY = "ALTER TABLE {0} ADD CONSTRAINT {0}_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owner"
_OWNER = "CREATE TABLE owner (id bigint PRIMARY KEY, name text NOT NULL);"
_TABLE = """
CREATE TABLE {0} (id bigint PRIMARY KEY, owner_id bigint NOT NULL, title text NOT NULL, body text,
    created_at timestamptz NOT NULL, score numeric(10, 2), extra jsonb);
"""
_ROWS = """
INSERT INTO {0} SELECT n, 1 + n % {2}, 'title ' || n, repeat('word ' || n || ' ', (4 + n % 5)::int),
    timestamptz '2024-01-01 00:00Z' + n * interval '37 seconds', CASE WHEN n % 7 > 0 THEN (n % 10000) / 100.0 END,
    CASE WHEN n % 3 > 0 THEN jsonb_build_object('a', n, 'tags', jsonb_build_array('x', 'y')) END
  FROM generate_series(1, {1}::bigint) AS n;
"""
_PROJECT = """
[monolith]
database = "${SOURCE}"
[services.reviews]
tables = [%s]
database = "${TARGET}"
[etl.reviews.tables.owner]
target = "owner"
columns = { id = { key = "source" }, name = "name" }
"""
_MAPPED = """
[etl.reviews.tables.{0}]
target = "{0}"
[etl.reviews.tables.{0}.columns]
id = {{ key = "source" }}
owner_id = "owner_id"
title = "title"
body = "body"
created_at = "created_at"
score = "score"
extra = "extra"
"""


class ManyTables:
    """The databases on a stage: `rows` are those of all tables together."""

    def __init__(self, place: Stage, folder: Path, small_rows: int) -> None:
        self._stage = place
        self._folder = folder / "many"
        self._folder.mkdir(exist_ok=True)
        self.rows = small_rows * (SMALL + _LARGE) + _OWNERS
        tables = _OWNER + "".join(map(_TABLE.format, _TABLES))
        keys = ";".join(map(_KEY.format, _TABLES))
        filled = "".join(
            _ROWS.format(name, small_rows * (_LARGE if name == "large" else 1), _OWNERS) for name in _TABLES
        )
        owners = f"INSERT INTO owner SELECT n, 'owner ' || n FROM generate_series(1, {_OWNERS}) AS n;"
        place.template("many", f"{tables} {owners} {filled} {keys}")
        place.template("many-ours", f"{tables} {keys}")
        place.template("many-plain", tables)
        self._source = place.url("many")
        project = _PROJECT % ", ".join(f'"{name}"' for name in ("owner", *_TABLES))
        (self._folder / "strangler.toml").write_text(project + "".join(map(_MAPPED.format, _TABLES)))
        place.cost([*STRANGLER, "journal", "install", "reviews"], self._environment("many-ours"), self._folder)
        with psycopg.connect(self._source, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def cost(self, rival: Rival) -> Cost:
        """What a run takes, which has to copy every row."""
        with self._stage.target("many-plain" if rival.name.startswith("psql") else "many-ours") as target:
            command = rival.command(self._source, target, self._folder)
            cost = self._stage.cost(command, {"SOURCE": self._source, "TARGET": target}, self._folder)
            with psycopg.connect(target) as connection:
                counts = " + ".join(f"(SELECT count(*) FROM {name})" for name in ("owner", *_TABLES))
                found = connection.execute(f"SELECT {counts}".encode()).fetchone()
            if found != (self.rows,):
                raise RuntimeError(f"copied {found} rows of {self.rows}")
        return cost

    def _environment(self, target: str) -> dict[str, str]:
        return {"SOURCE": self._source, "TARGET": self._stage.url(target)}


def _psql(program: str) -> Rival:
    """A pipe for each table, and the foreign keys in the end."""

    def command(source: str, target: str, _folder: Path) -> list[str]:
        pipes = [
            f"{program} {source} -qXc 'COPY {name} TO STDOUT BINARY'"
            f" | {program} {target} -qXc 'COPY {name} FROM STDIN BINARY'"
            for name in ("owner", *_TABLES)
        ]
        keys = f"{program} {target} -qX -1 -c {quoted(';'.join(map(_KEY.format, _TABLES)))}"
        return ["bash", "-e", "-o", "pipefail", "-c", "\n".join([*pipes, keys])]

    return Rival("psql by hand", command)


def _ours(name: str, lanes: int, tables: int | None) -> Rival:
    command = [sys.executable, "-m", "benchmarks.etl_run", str(lanes), "5000", *([str(tables)] if tables else [])]
    return Rival(name, lambda _source, _target, _folder: command)


def measured(place: Stage, folder: Path, rounds: int, small_rows: int = 5_000) -> Iterator[Metric]:
    """Each in turn, in two lanes and in one."""
    many = ManyTables(place, folder, small_rows)
    by_hand = _psql(place.psql)
    rivals = {
        "together": _ours("ours", 2, None),
        "in turn": _ours("ours in turn", 2, 1),
        "one lane": _ours("ours in one lane", 1, None),
        "psql": by_hand,
    }
    costs: dict[str, list[Cost]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, rival in rivals.items():
            costs[name].append(many.cost(rival))
    for name, each in costs.items():
        print(name, [(round(c.wall, 2), round(c.client, 2), round(c.server, 2)) for c in each], file=sys.stderr)
    seconds = {name: [cost.wall for cost in each] for name, each in costs.items()}
    yield Metric("tables_parallel", "one at a time", "<= 0.80", "s", seconds["together"], seconds["in turn"])
    yield Metric("tables_lanes", "one lane", "printed", "s", seconds["together"], seconds["one lane"])
    yield Metric("tables_vs_psql", by_hand.name, "printed", "s", seconds["together"], seconds["psql"])


def main(rounds: int) -> None:
    """Measure this alone."""
    with tempfile.TemporaryDirectory() as folder, stage(1_000, Path(folder)) as place:
        for metric in measured(place, Path(folder), rounds):
            print(metric.line())


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3)
