import asyncio


class Message:
    def ack(self):
        return True


async def messages():
    yield Message()


async def main():
    async for message in messages():
        message.ack()
    found = [message async for message in messages()]
    found[0].ack()


asyncio.run(main())
