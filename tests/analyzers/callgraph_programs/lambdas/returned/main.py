def multiplier(factor):
    return lambda value: scale(value, factor)


def scale(value, factor):
    return value * factor


multiplier(2)(3)
