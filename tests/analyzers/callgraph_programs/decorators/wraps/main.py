from functools import wraps


def audit(function):
    @wraps(function)
    def inner(*args, **kwargs):
        record(function.__name__)
        return function(*args, **kwargs)

    return inner


def record(name):
    return name


@audit
def refund():
    return 1


@audit
def charge():
    return refund()


charge()
