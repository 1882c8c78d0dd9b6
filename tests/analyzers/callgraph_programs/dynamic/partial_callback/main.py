from functools import partial


def handle(action, value):
    return action(value)


def double(value):
    return value * 2


apply_double = partial(handle, double)
apply_double(2)
