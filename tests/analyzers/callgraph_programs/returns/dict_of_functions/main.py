def up():
    return 1


def down():
    return 2


def actions():
    return {"up": up, "down": down}


actions()["up"]()
