class Line:
    def __init__(self, price):
        self.price = price

    def total(self):
        return self.price

    def is_free(self):
        return not self.price


lines = [Line(1), Line(0)]
sum(line.total() for line in lines)
any(line.is_free() for line in lines)
