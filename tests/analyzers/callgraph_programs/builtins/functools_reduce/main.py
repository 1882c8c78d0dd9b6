from functools import reduce


def join(left, right):
    return left + right


reduce(join, ["a", "b", "c"])
