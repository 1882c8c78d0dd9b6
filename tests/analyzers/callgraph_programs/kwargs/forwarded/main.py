def save():
    return 1


def inner(callback=None, times=1):
    return callback()


def outer(**options):
    return inner(**options)


outer(callback=save)
