import asyncio


class Session:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *details):
        return None

    async def rows(self):
        yield Row()


class Row:
    def show(self):
        return 1


async def main():
    async with Session() as session:
        async for row in session.rows():
            row.show()


asyncio.run(main())
