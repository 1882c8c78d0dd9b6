from functools import wraps


def timed(function=None, *, unit="s"):
    def decorate(target):
        @wraps(target)
        def wrapper():
            return target()

        return wrapper

    if function is None:
        return decorate
    return decorate(function)


@timed
def first():
    return 1


@timed(unit="ms")
def second():
    return 2


first()
second()
