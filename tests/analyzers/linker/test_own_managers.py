"""A transaction that the program's own context manager opens is one for whoever enters it."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.source_tree import facts_of

PROGRAM = """
    from abc import abstractmethod
    from contextlib import asynccontextmanager

    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncSession


    class Configuration:
        @abstractmethod
        def begin(self, session: AsyncSession, lock: bool = False): ...


    class Postgres(Configuration):
        @asynccontextmanager
        async def begin(self, session: AsyncSession, lock: bool = False):
            async with session.begin() as transaction:
                yield transaction


    class Interface:
        def __init__(self, configuration: Configuration):
            self.configuration: Configuration = configuration

        @asynccontextmanager
        async def context(self, begin: bool = False):
            async with AsyncSession(None) as session:
                if begin:
                    async with self.configuration.begin(session):
                        yield session
                else:
                    yield session

        @asynccontextmanager
        async def before(self):
            async with AsyncSession(None) as session:
                async with session.begin():
                    print(session)
                yield session


    async def together(db: Interface):
        async with db.context(begin=True) as session:
            await session.execute(text("UPDATE a SET id = 1"))


    async def apart(db: Interface):
        async with db.context() as session:
            await session.execute(text("UPDATE a SET id = 1"))


    async def behind(db: Interface):
        async with db.before() as session:
            await session.execute(text("UPDATE a SET id = 1"))


    async def unknown(db: Interface, begin: bool):
        async with db.context(begin=begin) as session:
            await session.execute(text("UPDATE a SET id = 1"))
"""


def test_what_stands_in_an_own_manager_runs_in_its_transaction(tmp_path: Path) -> None:
    """Where it yields inside of one, by the literal that the call passes; what is passed on may open one."""
    facts = facts_of(tmp_path, {"app/db.py": PROGRAM})
    found = {item.function.rpartition(":")[2]: item.transaction is not None for item in facts.accesses}
    assert found == {"together": True, "apart": False, "behind": False, "unknown": True}
