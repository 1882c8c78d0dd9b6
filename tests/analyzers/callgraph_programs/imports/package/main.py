import shop.orders
from shop import prices

shop.orders.place()
prices.of(1)
