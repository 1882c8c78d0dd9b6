def first():
    return 1


def second():
    return 2


table = {}
table.update({"first": first})
table.update(second=second)
table["first"]()
table["second"]()
