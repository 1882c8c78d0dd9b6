def ascending(values):
    return sorted(values)


def descending(values):
    return sorted(values, reverse=True)


def listing(values, *, order=ascending):
    return order(values)


listing([1])
listing([1], order=descending)
