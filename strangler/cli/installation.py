"""How strangler was installed on this machine, and so how to add a missing part."""

from __future__ import annotations

import json
import re
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME = "strangler"

_REQUIREMENT = re.compile(r"""(?P<package>[\w.-]+).*\bextra\s*==\s*["'](?P<extra>[\w.-]+)["']""")


def extra_with(package: str, preferred: str) -> str:
    """Name the extra that brings a package: the preferred one, unless only others do."""
    try:
        requirements = distribution(NAME).requires or ()
    except PackageNotFoundError:
        return preferred
    matches = filter(None, map(_REQUIREMENT.match, requirements))
    extras = [match["extra"] for match in matches if _comparable(match["package"]) == _comparable(package)]
    return preferred if preferred in extras or not extras else max(extras, key=lambda extra: extra != "all")


def install_command(extra: str) -> str:
    """Return the command that adds an extra to the running strangler."""
    try:
        origin = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        origin = None
    return shlex.join(["pip", "install", *requirement(extra, origin)])


def requirement(extra: str, origin: str | None) -> list[str]:
    """The requirement for pip; `origin` is what PEP 610 records of an installation from outside a package index."""
    if origin is None:
        return [f"{NAME}[{extra}]"]
    record: dict[str, Any] = json.loads(origin)
    url = str(record["url"])
    if "dir_info" in record:
        folder = f"{url2pathname(urlsplit(url).path)}[{extra}]"
        return ["--editable", folder] if record["dir_info"].get("editable") else [folder]
    if "vcs_info" in record:
        url = f"{record['vcs_info']['vcs']}+{url}@{record['vcs_info']['commit_id']}"
    return [f"{NAME}[{extra}] @ {url}"]


def _comparable(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
