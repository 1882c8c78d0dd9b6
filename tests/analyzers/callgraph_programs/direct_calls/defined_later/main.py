def first():
    return second()


def second():
    return third()


def third():
    return 3


first()
