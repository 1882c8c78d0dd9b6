def step():
    return 0


def replaced():
    return 1


def run(step):
    return step()


run(replaced)
