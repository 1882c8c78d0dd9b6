class Order:
    def total(self):
        return 1


def make():
    return Order()
