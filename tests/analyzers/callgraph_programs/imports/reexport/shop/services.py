from .models import Order


def place(order: Order):
    return order.total()
