class User:
    def __init__(self, name):
        self.name = self.clean(name)

    def clean(self, name):
        return name.strip()


User(" ada ")
