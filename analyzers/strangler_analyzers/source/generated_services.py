"""Detects services that `strangler generate` wrote into the monolith's source: they are not part of the monolith."""

from __future__ import annotations

from strangler.model.generated_code import ABOUT, FOLDER

_FIRST = f"# {ABOUT}\n".encode()
_MOST_BYTES = 64 * 1024


def is_generated_service(path: str, names: set[str]) -> bool:
    """Whether a folder with entries of these names is that of a generated service or of its package.

    A folder counts as a service's if its ``pyproject.toml`` covers only that package: in a folder that also has other
    code, only the package is the service.
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
