class Basket:
    def __init__(self):
        self.lines = []

    def __len__(self):
        return len(self.lines)

    def __contains__(self, line):
        return line in self.lines


basket = Basket()
len(basket)
1 in basket
