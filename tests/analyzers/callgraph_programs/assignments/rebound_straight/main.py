def old():
    return 1


def new():
    return 2


action = old
action = new
action()
