def leaf():
    return 1


def inner():
    yield leaf


def outer():
    yield from inner()


for item in outer():
    item()
