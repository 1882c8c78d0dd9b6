def notify(order):
    return order


def finish(order, hook):
    return hook(order)


def process(order, hook):
    order["done"] = True
    return finish(order, hook)


def run(order, hook):
    return process(order, hook)


run({}, notify)
