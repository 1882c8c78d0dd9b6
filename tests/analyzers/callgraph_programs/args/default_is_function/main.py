def by_price(order):
    return order["price"]


def by_date(order):
    return order["date"]


def top(orders, key=by_price):
    return max([key(order) for order in orders])


top([{"price": 2, "date": 1}])
top([{"price": 2, "date": 1}], by_date)
