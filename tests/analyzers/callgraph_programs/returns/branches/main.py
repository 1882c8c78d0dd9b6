class Card:
    def pay(self):
        return "card"


class Cash:
    def pay(self):
        return "cash"


def method(kind):
    if kind == "card":
        return Card()
    return Cash()


method("card").pay()
method("cash").pay()
