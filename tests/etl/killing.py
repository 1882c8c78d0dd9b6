"""Kills a copy at random instants until it is done."""

from __future__ import annotations

import random
import subprocess
from collections import Counter

from tests.etl.every_type import EveryType

FINISHED_WITHIN = 120.0


def kill_and_finish(case: EveryType, dice: random.Random, kills: int, seconds: float) -> Counter[str]:
    """Kill as many runs with SIGKILL or cut their connections, each within `seconds`; then let one finish, and compare.

    Users write before every run. Returns how often what happened.
    """
    seen: Counter[str] = Counter()
    indexes = case.indexes()
    for _ in range(kills):
        case.write(dice)
        ended = _end_early(case, dice, seconds)
        seen[ended] += 1
        if ended == "finished":
            case.clear()
        copied, left = case.chunks()
        seen["waves left half done"] += bool(copied and left)
    case.write(dice)
    last = case.begin()
    out, err = last.communicate(timeout=FINISHED_WITHIN)
    assert (last.returncode, out) == (0, "ended\n"), err
    case.follow()
    assert case.checksums(case.target) == case.checksums(case.source)
    assert case.indexes() == indexes
    return seen


def _end_early(case: EveryType, dice: random.Random, seconds: float) -> str:
    running = case.begin()
    cut = dice.random() < 0.2
    try:
        running.wait(dice.uniform(0, seconds))
    except subprocess.TimeoutExpired:
        if cut:
            case.cut_connections()
            running.wait(FINISHED_WITHIN)
        else:
            running.kill()
    _, err = running.communicate()
    if running.returncode == 0:
        return "finished"
    assert running.returncode < 0 or cut, err
    return "killed" if running.returncode < 0 else "cut"
