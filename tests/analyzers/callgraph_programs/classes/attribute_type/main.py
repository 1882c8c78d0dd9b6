class Repository:
    def get(self, key):
        return key


class Service:
    def __init__(self):
        self.repository = Repository()

    def load(self, key):
        return self.repository.get(key)


Service().load(1)
