class User:
    def __init__(self, name):
        self.name = name

    def save(self):
        return self.check()

    def check(self):
        return True

    @classmethod
    def all(cls):
        return [cls("x")]
