"""Commands of Click, Typer and Flask, by the path an operator types."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import EntryKind
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.source_tree import facts_of

_TYPER = """
    import typer
    app = typer.Typer()
    db = typer.Typer(name="database")
    app.add_typer(db, name="db")
    deep = typer.Typer()
    db.add_typer(deep, name="deep")
    users = typer.Typer(name="users")
    app.add_typer(users)

    @app.command()
    def run(): ...
    @db.command()
    def upgrade(): ...
    @db.command("down")
    def downgrade(): ...
    @deep.command()
    def clean_up(): ...
    @users.command()
    def add(): ...
    @users.callback()
    def every(): ...
"""
_CLICK = """
    import click

    @click.group()
    def cli(): ...
    @cli.group()
    def db(): ...
    @db.command()
    def upgrade(): ...
    @cli.command("other_name")
    def named(): ...
    @click.command()
    def alone(): ...
    @click.command()
    def added(): ...
    cli.add_command(added)
    @click.command()
    def moved(): ...
    db.add_command(moved, "renamed")
"""
_FLASK = """
    from flask import Blueprint, Flask
    from flask.cli import AppGroup
    app = Flask("shop")
    tools = AppGroup("tools")
    app.cli.add_command(tools)
    orders = Blueprint("orders", __name__)
    stock = Blueprint("stock", __name__, cli_group="warehouse")

    @app.cli.command("init")
    def init(): ...
    @app.cli.group()
    def db(): ...
    @db.command()
    def upgrade(): ...
    @tools.command("clean")
    def clean(): ...
    @orders.cli.command("expire")
    def expire(): ...
    @stock.cli.command("count")
    def count(): ...
"""


@pytest.mark.parametrize(
    ("source", "commands"),
    [
        (_TYPER, {"app run", "app db upgrade", "app db down", "app db deep clean-up", "app users add", "app users"}),
        (_CLICK, {"cli", "cli db", "cli db upgrade", "cli other_name", "alone", "cli added", "cli db renamed"}),
        (_FLASK, {"init", "db", "db upgrade", "tools clean", "orders expire", "warehouse count"}),
    ],
    ids=["typer", "click", "flask"],
)
def test_a_command_is_named_by_the_path_of_its_groups(tmp_path: Path, source: str, commands: set[str]) -> None:
    """Two groups may each have an ``upgrade``: the groups around it tell them apart."""
    entries = facts_of(tmp_path, {"m.py": source}).entry_points
    assert {entry.name for entry in entries if entry.kind is EntryKind.COMMAND} == commands


def test_groups_of_other_modules_are_followed(tmp_path: Path) -> None:
    """A group is made in one module, filled in a second and added in a third; a Django project may have some too."""
    files = {
        "shop/db.py": """
            import typer
            group = typer.Typer()
        """,
        "shop/upgrade.py": """
            from shop.db import group
            @group.command()
            def upgrade(): ...
        """,
        "shop/main.py": """
            import django, typer
            from shop import db, upgrade
            app = typer.Typer(name="shop")
            app.add_typer(db.group, name="db")
        """,
    }
    (entry,) = facts_of(tmp_path, files).entry_points
    assert entry.name == "shop db upgrade"


def test_groups_that_hold_each_other_end(tmp_path: Path) -> None:
    """Broken code does not hang the analysis."""
    source = """
        import typer
        a = typer.Typer()
        b = typer.Typer()
        a.add_typer(b, name="b")
        b.add_typer(a, name="a")
        @a.command()
        def run(): ...
    """
    (entry,) = facts_of(tmp_path, {"m.py": source}).entry_points
    assert entry.name.endswith("b a run")


def test_a_command_is_found_by_the_end_of_its_path(tmp_path: Path) -> None:
    """``db upgrade`` is enough where it is the only one."""
    system = SystemGraph(facts_of(tmp_path, {"m.py": _TYPER}))
    for text in ("app db upgrade", "db down", "clean-up", "command:app run"):
        assert system.find(text).startswith("entry:command:app")
