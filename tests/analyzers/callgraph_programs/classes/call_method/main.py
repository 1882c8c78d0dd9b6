class Adder:
    def __init__(self, amount):
        self.amount = amount

    def __call__(self, value):
        return value + self.amount


add = Adder(2)
add(3)
list(map(Adder(1), [1]))
