def work(value):
    return value


action = lambda: work(1)
action()
