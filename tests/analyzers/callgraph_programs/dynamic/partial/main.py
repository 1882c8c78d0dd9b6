from functools import partial


def power(base, exponent):
    return base**exponent


def log(level, text):
    return level + text


square = partial(power, exponent=2)
square(3)
info = partial(log, "info")
info("started")
