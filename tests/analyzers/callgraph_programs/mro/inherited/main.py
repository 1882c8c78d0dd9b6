class Base:
    def hello(self):
        return self.name()

    def name(self):
        return "base"


class Child(Base):
    pass


Child().hello()
