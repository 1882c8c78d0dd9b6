class Base:
    @classmethod
    def create(cls):
        return cls.build()

    @classmethod
    def build(cls):
        return cls()


class Child(Base):
    @classmethod
    def build(cls):
        return super().build()


Child.create()
