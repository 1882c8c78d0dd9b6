def make_list():
    return []


def make_set():
    return set()


class Field:
    def __init__(self, factory=make_list):
        self.factory = factory

    def value(self):
        return self.factory()


Field().value()
Field(make_set).value()
