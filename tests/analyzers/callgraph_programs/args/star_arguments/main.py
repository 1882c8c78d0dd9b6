def first():
    pass


def second():
    pass


def run_all(*steps):
    for step in steps:
        step()


run_all(first, second)
