def is_paid(order):
    return order["paid"]


def paid(orders):
    return list(filter(is_paid, orders))


paid([{"paid": True}])
