class Calculator:
    def add(self):
        return 1

    def pick(self):
        return self.add


Calculator().pick()()
