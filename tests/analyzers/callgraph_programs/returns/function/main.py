def tool():
    return 1


def pick():
    return tool


pick()()
