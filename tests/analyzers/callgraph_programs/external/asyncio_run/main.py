import asyncio


async def fetch(number):
    return number


async def main():
    await fetch(1)
    await asyncio.gather(fetch(2), fetch(3))


asyncio.run(main())
