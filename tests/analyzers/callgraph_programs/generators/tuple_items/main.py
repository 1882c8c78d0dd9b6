class Key:
    def show(self):
        return 1


class Value:
    def show(self):
        return 2


def pairs():
    yield Key(), Value()


for key, value in pairs():
    key.show()
    value.show()
