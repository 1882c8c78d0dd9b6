from shop import Order, place

place(Order())
