def outer(function):
    def around_outer():
        return function()

    return around_outer


def inner(function):
    def around_inner():
        return function()

    return around_inner


@outer
@inner
def work():
    return 1


work()
