def a():
    return 1


def b():
    return 2


def c():
    return True


value = [a(), {"k": b()}, a() if c() else b()]
text = f"{a()} and {b()}"
assert c(), a()
not c()
