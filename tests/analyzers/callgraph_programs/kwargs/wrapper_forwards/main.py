def traced(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def report():
    return 1


@traced
def work(value, then=None):
    return then()


work(1, then=report)
