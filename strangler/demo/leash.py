"""Runs a command that must not outlive whoever started it: run as a script, in the place of the command.

``python -I -S leash.py PARENT SIGNAL UID GID NICENESS COMMAND...``; UID and GID may be -1. The parent's death sends
SIGNAL to the command (PR_SET_PDEATHSIG, Linux only), however the parent died. A change of the user clears that setting,
so it is made here, after the change, and not by the parent.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Become the command."""
    parent, signal_number, uid, gid, niceness = (int(argument) for argument in arguments[:5])
    command = arguments[5:]
    _give_way(niceness)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("whoever wanted this command is gone")
    os.execv(command[0], command)  # noqa: S606 - the argument vector is the parent's


def _give_way(niceness: int) -> None:
    """Let others go first, also where Linux shares the processor between sessions first (autogroups, sched(7))."""
    os.nice(niceness)
    try:
        with open("/proc/self/autogroup", "w") as file:  # noqa: PTH123 - pathlib takes long to import
            file.write(str(niceness))
    except OSError:
        pass  # there are no autogroups here


if __name__ == "__main__":
    main(sys.argv[1:])
