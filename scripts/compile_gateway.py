#!/usr/bin/env python3
"""Compile the hot path of the gateway with mypyc: the same code in half to two thirds of the time.

    python scripts/compile_gateway.py FOLDER

What is compiled is what every request passes through on the fast path; the rest stays as it is. The modules need a C
compiler and the headers of Python. They go into a wheel, where they come before their sources; a checkout runs the
sources, so that nobody wonders why an edit changes nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

COMPILE = "STRANGLER_COMPILE"
NEEDS = ("mypy[mypyc]==2.4.1", "setuptools>=80")
PACKAGE = "strangler_gateway"
_FLAGS = ("-fvisibility=hidden", "-fno-semantic-interposition")
"""Nobody outside calls the functions but by Python: those of one library may be put into one another."""
MODULES = (
    "admission",
    "requests/edge",
    "requests/forwarding",
    "requests/limits",
    "hold",
    "in_flight",
    "lanes",
    "metrics/meter",
    "routing/marks",
    "routing/reach",
    "routing/ready_plan",
    "recent_writes",
    "relay",
    "requests/facts",
    "requests/fields",
    "requests/head",
    "resilience/application",
    "resilience/applications",
    "resilience/balancer",
    "resilience/breaker",
    "resilience/host",
    "resilience/retry_budget",
    "routing/route_table",
    "routing/sticky",
    "traffic",
    "transport/body_framing",
    "transport/chunked",
    "transport/connection",
    "transport/errors",
    "transport/exchange",
    "transport/grammar",
    "transport/origin",
    "transport/outbox",
    "transport/pool",
    "transport/request",
    "transport/response_body",
    "transport/response_head",
    "transport/response_lines",
    "transport/sink",
    "transport/upload",
    "wire/behind",
    "wire/body",
    "wire/client",
    "wire/deadline",
    "wire/dispatch",
    "wire/protocol",
    "wire/retiring",
    "wire/serving",
)


def wanted() -> bool:
    """Whether the user wants a compiled wheel."""
    return os.environ.get(COMPILE, "0") not in {"", "0"}


def compiled(checkout: Path, folder: Path) -> dict[str, str]:
    """Compile into a folder, and return the files with their places in a wheel."""
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    mypycify: Callable[..., list[Extension]] = import_module("mypyc.build").mypycify
    folder.mkdir(parents=True, exist_ok=True)
    before = Path.cwd()
    os.chdir(checkout)
    try:
        extensions = mypycify(
            [
                "--config-file=pyproject.toml",
                f"--python-executable={sys.executable}",
                *(f"gateway/{PACKAGE}/{module}.py" for module in MODULES),
            ],
            opt_level="3",
            debug_level="0",
            group_name=PACKAGE,
            target_dir=str(folder / "c"),
        )
        for extension in extensions:
            extension.extra_compile_args += _FLAGS
        command = build_ext(Distribution({"name": PACKAGE, "ext_modules": extensions}))
        command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "objects")
        command.parallel = os.cpu_count()
        command.ensure_finalized()
        command.run()
    finally:
        os.chdir(before)
    library = folder / "lib"
    return {str(path): path.relative_to(library).as_posix() for path in library.rglob("*") if path.is_file()}


def main(arguments: Sequence[str]) -> int:
    """Compile what stands in the checkout into a folder."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    for place in compiled(Path(__file__).parents[1].resolve(), Path(arguments[0]).resolve()).values():
        print(place)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
