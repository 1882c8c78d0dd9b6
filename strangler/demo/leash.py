"""Runs a command that must not outlive its parent; the script is run in the command's place.

``python -I -S leash.py PARENT SIGNAL UID GID NICENESS COMMAND...``; UID and GID may be -1. When the parent dies,
however it dies, the command receives SIGNAL (PR_SET_PDEATHSIG, Linux only). A change of user clears that setting, so
the script makes it after the change, which the parent could not.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Set up the process, and replace it with the command."""
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
    """Lower the priority, also where Linux first shares the processor between sessions (autogroups, sched(7))."""
    os.nice(niceness)
    try:
        with open("/proc/self/autogroup", "w") as file:  # noqa: PTH123 - pathlib takes long to import
            file.write(str(niceness))
    except OSError:
        pass  # there are no autogroups here


if __name__ == "__main__":
    main(sys.argv[1:])
