class Cart:
    def __init__(self):
        self.items = []

    def add(self, item):
        self.items.append(item)


def each(values, action):
    for value in values:
        action(value)


cart = Cart()
each([1, 2], cart.add)
