"""How this user can be given access to a file or folder."""

from __future__ import annotations

import os
import shlex
from pathlib import Path


def mend_of_permission(path: Path, lacking: str) -> str:
    """How to mend the permissions of an existing path; `lacking` are letters of chmod, such as ``wx``.

    Raises OSError when the path cannot be read.
    """
    if "w" in lacking and os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"mount the file system of {path} for writing"
    user = path.stat().st_uid
    if user == os.geteuid():
        return f"run: chmod u+{lacking} {shlex.quote(str(path))}"
    try:
        owner = path.owner()
    except KeyError:
        owner = f"user {user}"
    return f"run strangler as {owner}, to whom {path} belongs"
