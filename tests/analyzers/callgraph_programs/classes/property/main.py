class Invoice:
    def __init__(self, lines):
        self.lines = lines

    @property
    def total(self):
        return self.sum()

    @total.setter
    def total(self, value):
        self.check(value)

    def sum(self):
        return sum(self.lines)

    def check(self, value):
        return value


invoice = Invoice([1])
invoice.total
invoice.total = 5
