class Cart:
    def total(self):
        return 1


def checkout(cart):
    compute = lambda: cart.total()
    return compute()


checkout(Cart())
