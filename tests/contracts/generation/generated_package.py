"""Generated code, imported as the package it is."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.generation.folder import compare, write
from strangler.contracts.generation.service_code import service_code
from strangler.contracts.library import Library

_NUMBERS = itertools.count()


class GeneratedPackage:
    """The modules of a generated package."""

    def __init__(self, package: str, names: tuple[str, ...]) -> None:
        self.modules = {name: importlib.import_module(f"{package}.generated.{name}") for name in names}

    def __getattr__(self, name: str) -> ModuleType:
        return self.modules[name]


@contextmanager
def generated_package(library: Library, folder: Path) -> Generator[GeneratedPackage]:
    """The service of the library's document `reviews`, written to the folder and imported until the end."""
    blueprint = Blueprint(f"reviews{next(_NUMBERS)}", library.document("reviews"), library)
    code = service_code(blueprint)
    write(folder, code, compare(folder, code), force=False)
    names = tuple(path.stem for path in code.generated if path.parts[0] == code.package and path.suffix == ".py")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        importlib.import_module(f"{code.package}.handlers")
        yield GeneratedPackage(code.package, tuple(name for name in names if name != "__init__"))
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == code.package]:
            del sys.modules[name]
