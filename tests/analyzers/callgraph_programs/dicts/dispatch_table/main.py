def create():
    return 1


def remove():
    return 2


ACTIONS = {"create": create, "remove": remove}
ACTIONS["create"]()
ACTIONS["remove"]()
