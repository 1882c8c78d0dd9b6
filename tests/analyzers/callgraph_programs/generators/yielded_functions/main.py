def red():
    return 1


def green():
    return 2


def colors():
    yield red
    yield green


for color in colors():
    color()
