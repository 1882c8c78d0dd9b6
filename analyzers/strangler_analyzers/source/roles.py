"""What a module is for: the application itself, its tests, its migrations.

The folder and the name say so as a rule. A file that is only called like a test (`connection_test.py` among the models)
is part of the application when it holds no test and a module of the application imports it.
"""

from __future__ import annotations

from strangler.model.system import ModuleRole


def role_of(file: str) -> ModuleRole:
    """The role of a file by the names the frameworks and pytest look for."""
    return ModuleRole.TEST if is_called_test(file) else role_of_folder(file)


def role_of_folder(file: str) -> ModuleRole:
    """The role of a file that is not called like a test."""
    *folders, name = file.split("/")
    if "tests" in folders or "test" in folders or name in {"conftest.py", "tests.py"}:
        return ModuleRole.TEST
    if "migrations" in folders or ("versions" in folders and any(map(_is_alembic, folders))):
        return ModuleRole.MIGRATION
    return ModuleRole.APPLICATION


def is_called_test(file: str) -> bool:
    """Whether pytest looks for tests in a file of that name."""
    name = file.rpartition("/")[2]
    return name.startswith("test_") or name.removesuffix(".py").endswith("_test")


def _is_alembic(folder: str) -> bool:
    """Whether a folder is called like Alembic's: ``alembic``, ``alembic_migrations``, ``_migrations``."""
    return "alembic" in folder or folder.endswith("_migrations")
