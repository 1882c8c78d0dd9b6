"""Services that `strangler generate` has written into the source of the monolith: they are not a part of it."""

from __future__ import annotations

from strangler.model.generated_code import ABOUT, FOLDER

_FIRST = f"# {ABOUT}\n".encode()
_MOST_BYTES = 64 * 1024


def is_generated_service(path: str, names: set[str]) -> bool:
    """Whether a folder with entries of these names is the folder of a generated service, or that of its package.

    It is a service's folder when its ``pyproject.toml`` is of that package alone: in a folder that has other code, too,
    only the package is the service.
    """
    if FOLDER in names and _is_generated(path):
        return True
    if "pyproject.toml" not in names:
        return False
    project = _beginning(f"{path}/pyproject.toml").decode(errors="replace")
    return any(f'packages = ["{name}"]' in project and _is_generated(f"{path}/{name}") for name in names)


def _is_generated(package: str) -> bool:
    return _beginning(f"{package}/{FOLDER}/__init__.py").replace(b"\r\n", b"\n").startswith(_FIRST)


def _beginning(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a path object for each folder takes longer
            return file.read(_MOST_BYTES)
    except OSError:
        return b""
