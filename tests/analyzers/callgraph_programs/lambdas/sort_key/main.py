class Item:
    def __init__(self, price):
        self.price = price

    def cost(self):
        return self.price


items = [Item(2), Item(1)]
sorted(items, key=lambda item: item.cost())
