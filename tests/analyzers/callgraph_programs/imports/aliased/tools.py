def hammer():
    return 1


def saw():
    return 2
