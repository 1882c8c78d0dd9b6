"""The files that the team continues by hand: created with the first generation, and never touched again."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import PurePath, PurePosixPath
from string import Template

from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.generation.imports import Imports, module_text
from strangler.contracts.generation.port_module import method, unwritten_name
from strangler.contracts.generation.type_code import TypeCode

_TEMPLATES = "strangler.contracts.generation.templates"
_FILES: Mapping[str, str] = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "Dockerfile": "Dockerfile",
    "dockerignore": ".dockerignore",
    "main": "$package/__main__.py",
    "settings": "$package/settings.py",
    "test_handlers": "tests/test_handlers.py",
}


def written_once(blueprint: Blueprint, own: str) -> Mapping[PurePosixPath, str]:
    """The texts by their paths in the service's folder."""
    names = {
        "package": blueprint.package,
        "name": blueprint.package.replace("_", "-"),
        "service": blueprint.stem,
        "written": blueprint.service,
        "document": PurePath(blueprint.document.file).name,
        "prefix": blueprint.prefix,
        "variable": blueprint.stem.upper(),
    }
    texts = {
        PurePosixPath(Template(path).substitute(names)): Template(_template(name)).substitute(names)
        for name, path in _FILES.items()
    }
    package = PurePosixPath(blueprint.package)
    texts[package / "__init__.py"] = f'"""The service {blueprint.stem}."""\n'
    texts[package / "py.typed"] = ""
    texts[package / "handlers.py"] = _handlers(blueprint, own)
    return texts


def _template(name: str) -> str:
    return files(_TEMPLATES).joinpath(f"{name}.txt").read_text(encoding="utf-8")


def _handlers(blueprint: Blueprint, own: str) -> str:
    imports = Imports(own)
    types = TypeCode(blueprint, imports)
    methods = [line for item in blueprint.operations for line in ("", *method(item, types))]
    unwritten = imports.sibling("port", unwritten_name(blueprint))
    body = [
        f"class Handlers({unwritten}):",
        '    """Each method answers one operation; one that is not written yet answers 501."""',
        *methods,
    ]
    return module_text("What the service does; yours to write.", imports, body)
