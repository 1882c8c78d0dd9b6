def left():
    return "l"


def right():
    return "r"


a, b = left, right
a, b = b, a
a()
b()
