class Lazy:
    def __init__(self, factory):
        self.factory = factory

    def get(self):
        return self.factory().ping()


class Service:
    def ping(self):
        return 1


Lazy(lambda: Service()).get()
