class Line:
    def __init__(self, price):
        self.price = price

    def total(self):
        return self.price


class Order:
    def __init__(self):
        self.lines = []

    def add(self, price):
        line = Line(price)
        self.lines.append(line)
        return line

    def total(self):
        return sum(line.total() for line in self.lines)


order = Order()
order.add(1).total()
order.total()
