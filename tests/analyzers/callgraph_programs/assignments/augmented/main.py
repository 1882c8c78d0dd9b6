class Total:
    def __init__(self, value):
        self.value = value

    def __iadd__(self, other):
        self.value += other
        return self

    def show(self):
        return self.value


total = Total(1)
total += 2
total.show()
