def add(a, b):
    return a + b


def mul(a, b):
    return a * b


OPERATIONS = {"+": lambda a, b: add(a, b), "*": lambda a, b: mul(a, b)}
OPERATIONS["+"](1, 2)
