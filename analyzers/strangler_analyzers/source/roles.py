"""The role of a module: application code, tests or migrations.

Usually the folder and the file name show it. A file that is only named like a test (`connection_test.py` among the
models) is part of the application if it holds no test and a module of the application imports it.
"""

from __future__ import annotations

from strangler.model.system import ModuleRole


def role_of(file: str) -> ModuleRole:
    """The role of a file, by the names that frameworks and pytest look for."""
    return ModuleRole.TEST if is_called_test(file) else role_of_folder(file)


def role_of_folder(file: str) -> ModuleRole:
    """The role of a file by its folder alone."""
    *folders, name = file.split("/")
    if "tests" in folders or "test" in folders or name in {"conftest.py", "tests.py"}:
        return ModuleRole.TEST
    if "migrations" in folders or ("versions" in folders and any(map(_is_alembic, folders))):
        return ModuleRole.MIGRATION
    return ModuleRole.APPLICATION


def is_called_test(file: str) -> bool:
    """Whether pytest collects tests from a file of that name."""
    name = file.rpartition("/")[2]
    return name.startswith("test_") or name.removesuffix(".py").endswith("_test")


def _is_alembic(folder: str) -> bool:
    """Whether a folder has a name that Alembic projects use: ``alembic``, ``alembic_migrations``, ``_migrations``."""
    return "alembic" in folder or folder.endswith("_migrations")
