class Money:
    def __str__(self):
        return "1 EUR"

    def __repr__(self):
        return "Money(1)"


money = Money()
str(money)
repr(money)
