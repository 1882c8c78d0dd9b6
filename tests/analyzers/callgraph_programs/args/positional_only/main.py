def ascending(value):
    return value


def sort(values, key, /, reverse=False):
    return sorted([key(value) for value in values], reverse=reverse)


sort([3, 1], ascending)
