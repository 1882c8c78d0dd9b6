import asyncio


async def connect():
    return Connection()


class Connection:
    async def query(self):
        return 1

    async def close(self):
        return None


async def main():
    connection = await connect()
    await connection.query()
    await connection.close()


asyncio.run(main())
