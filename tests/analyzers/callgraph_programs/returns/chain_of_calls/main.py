def leaf():
    return Leaf()


class Leaf:
    def value(self):
        return 1


def branch():
    return leaf()


def tree():
    found = branch()
    return found


tree().value()
