"""How many files and connections a process may have open."""

from __future__ import annotations

import sys
from contextlib import suppress


def allow_many() -> None:
    """Raise the limit of this process as far as the system allows without asking.

    Each request of a proxy is two connections, and most systems begin with 1,024 files: beyond, clients would be
    refused, and administrators too.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not to be had on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    for wanted in (hard, _ACCEPTED_EVERYWHERE):
        # macOS promises more than it gives.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return


_ACCEPTED_EVERYWHERE = 10_240
