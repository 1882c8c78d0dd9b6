class Positive:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        self.check(value)
        instance.__dict__[self.name] = value

    def check(self, value):
        assert value > 0


class Product:
    price = Positive()

    def __init__(self, price):
        self.price = price

    def double(self):
        return self.price * 2


Product(3).double()
