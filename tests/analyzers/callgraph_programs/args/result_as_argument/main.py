def source():
    return sink


def sink():
    return 1


def execute(action):
    return action()


execute(source())
