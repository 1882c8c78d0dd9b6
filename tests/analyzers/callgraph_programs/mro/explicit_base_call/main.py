class Base:
    def setup(self):
        return 1


class Child(Base):
    def setup(self):
        return Base.setup(self)


Child().setup()
