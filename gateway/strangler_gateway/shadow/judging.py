"""Compares responses outside the event loop: large ones in a process of its own, at low priority.

A thread would not do: the interpreter runs one thread at a time, so the event loop would have to wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass

import msgspec

from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.comparer import Difference, Rules, differences

SMALL = 4 * 1024
"""Bytes of both bodies together up to which comparing takes about as long as handing over to the process."""
SECONDS = 10.0
NICENESS = 10
_SIZE = 4


class NoVerdictError(Exception):
    """The comparison was not done."""


@dataclass(frozen=True, slots=True)
class Case:
    """Two responses to compare, as sent to the process."""

    v1: Answer
    v2: Answer
    rules: Rules


class Judge:
    """Compares one pair after the other; starts its process when it is first needed."""

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def differences(self, v1: Answer, v2: Answer, rules: Rules) -> tuple[Difference, ...]:
        """Return the differences between two responses; NoVerdictError when it takes too long or the process fails."""
        if len(v1.body) + len(v2.body) <= SMALL or v1.body == v2.body:
            return differences(v1, v2, rules)
        async with self._turn:
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._asked(Case(v1, v2, rules))
            except (OSError, EOFError, TimeoutError) as error:
                await self._end()
                raise NoVerdictError("two answers could not be compared") from error
            except BaseException:
                # End the process: its pending result would be taken for the next one.
                await self._end()
                raise

    async def close(self) -> None:
        """End the process."""
        await self._end()

    async def _asked(self, case: Case) -> tuple[Difference, ...]:
        process = self.process
        if process is None or process.returncode is not None:
            process = self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                __name__,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(_framed(msgspec.msgpack.encode(case)))
        await process.stdin.drain()
        size = int.from_bytes(await process.stdout.readexactly(_SIZE), "big")
        return msgspec.msgpack.decode(await process.stdout.readexactly(size), type=tuple[Difference, ...])

    async def _end(self) -> None:
        process, self.process = self.process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def judge_cases() -> None:
    """Compare the cases from standard input until it ends."""
    os.nice(NICENESS)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while size := source.read(_SIZE):
        case = msgspec.msgpack.decode(source.read(int.from_bytes(size, "big")), type=Case)
        target.write(_framed(msgspec.msgpack.encode(differences(case.v1, case.v2, case.rules))))
        target.flush()


def _framed(message: bytes) -> bytes:
    return len(message).to_bytes(_SIZE, "big") + message


if __name__ == "__main__":
    judge_cases()
