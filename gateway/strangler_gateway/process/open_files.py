"""The limit of open files and connections of this process."""

from __future__ import annotations

import sys
from contextlib import suppress


def allow_many() -> None:
    """Raise the soft limit of open files to the hard limit, as far as the system allows.

    Each request of a proxy takes two connections, and most systems start with a limit of 1,024 files. Beyond it the
    gateway would refuse clients, and administrators too.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not to be had on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    for wanted in (hard, _ACCEPTED_EVERYWHERE):
        # macOS reports a higher hard limit than it grants.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return


_ACCEPTED_EVERYWHERE = 10_240
