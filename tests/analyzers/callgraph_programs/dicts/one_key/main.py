def used():
    return 1


def unused():
    return 2


table = {"a": used, "b": unused}
table["a"]()
