def head():
    pass


def middle():
    pass


def tail():
    pass


first, *rest, last = head, middle, tail
first()
rest[0]()
last()
