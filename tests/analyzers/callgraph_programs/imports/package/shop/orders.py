from . import prices


def place():
    return prices.of(2)
