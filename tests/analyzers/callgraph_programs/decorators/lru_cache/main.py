from functools import cache, lru_cache


@lru_cache(maxsize=None)
def slow(value):
    return helper(value)


@cache
def helper(value):
    return value


def use():
    return slow(2)


use()
