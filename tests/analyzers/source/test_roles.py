"""Which modules are tests, which migrations, and which only look so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from strangler.model.progress import SilentProgress
from strangler.model.system import ModuleRole
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.extraction import extract
from strangler_analyzers.source.roles import role_of
from tests.analyzers.source_tree import facts_of, write

_MODEL = """
    from sqlalchemy import Column, Integer
    from sqlalchemy.orm import declarative_base

    Base = declarative_base()

    class ConnectionTest(Base):
        __tablename__ = "connection_test"
        id = Column(Integer, primary_key=True)
"""


def _roles(folder: Path, files: Mapping[str, str]) -> dict[str, ModuleRole]:
    extraction = extract(discover(write(folder, files)).files, SilentProgress(), workers=1)
    return {item.source.module: item.source.role for item in extraction.parsed}


@pytest.mark.parametrize(
    ("file", "role"),
    [
        ("shop/models.py", ModuleRole.APPLICATION),
        ("shop/tests/factories.py", ModuleRole.TEST),
        ("shop/test_orders.py", ModuleRole.TEST),
        ("shop/orders_test.py", ModuleRole.TEST),
        ("shop/conftest.py", ModuleRole.TEST),
        ("shop/latest.py", ModuleRole.APPLICATION),
        ("shop/migrations/0001_initial.py", ModuleRole.MIGRATION),
        ("alembic/versions/1a2b.py", ModuleRole.MIGRATION),
        ("shop/db/alembic_migrations/versions/1a2b.py", ModuleRole.MIGRATION),
        ("shop/versions/latest.py", ModuleRole.APPLICATION),
    ],
)
def test_the_path_says_what_a_module_is_for(file: str, role: ModuleRole) -> None:
    """By the names frameworks and pytest look for."""
    assert role_of(file) is role


def test_a_model_called_like_a_test_has_its_table(tmp_path: Path) -> None:
    """What the application imports and holds no test is part of it."""
    files = {
        "shop/models/connection_test.py": _MODEL,
        "shop/models/__init__.py": "from shop.models.connection_test import ConnectionTest",
    }
    facts = facts_of(tmp_path, files)
    assert {module.name: module.role for module in facts.modules}["shop.models.connection_test"] == "application"
    assert [table.name for table in facts.tables] == ["connection_test"]


@pytest.mark.parametrize(
    "statement", ["from . import probe_test", "import shop.probe_test", "from .probe_test import run"]
)
def test_every_way_of_importing_counts(tmp_path: Path, statement: str) -> None:
    """Also one inside a function."""
    files = {"shop/probe_test.py": "def run(): ...", "shop/views.py": f"def view():\n    {statement}\n"}
    assert _roles(tmp_path, files)["shop.probe_test"] is ModuleRole.APPLICATION


@pytest.mark.parametrize(
    "source",
    [
        "def test_orders(): ...",
        "class TestOrders: ...",
        "class Orders(SimpleTestCase): ...",
        "import pytest",
        "from unittest import mock",
        "from django.test import override_settings",
        "from shop.tests.factories import order",
    ],
)
def test_what_holds_tests_stays_a_test(tmp_path: Path, source: str) -> None:
    """Even when a module of the application imports it."""
    files = {"shop/orders_test.py": source, "shop/views.py": "import shop.orders_test"}
    assert _roles(tmp_path, files)["shop.orders_test"] is ModuleRole.TEST


def test_what_only_tests_use_stays_a_test(tmp_path: Path) -> None:
    """Settings for tests hold no test, and no module of the application imports them."""
    files = {
        "shop/test_settings.py": "DEBUG = True",
        "shop/tests/test_a.py": "import shop.test_settings",
        "shop/b_test.py": "import shop.test_settings\ndef test_b(): ...",
    }
    assert _roles(tmp_path, files)["shop.test_settings"] is ModuleRole.TEST


def test_a_test_folder_decides(tmp_path: Path) -> None:
    """Nothing in a folder of tests is part of the application."""
    files = {"shop/tests/client_test.py": "def call(): ...", "shop/views.py": "import shop.tests.client_test"}
    assert _roles(tmp_path, files)["shop.tests.client_test"] is ModuleRole.TEST
