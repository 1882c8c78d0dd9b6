def start():
    return 1


def stop():
    return 2


def run(**steps):
    for name, step in steps.items():
        step()


run(start=start, stop=stop)
