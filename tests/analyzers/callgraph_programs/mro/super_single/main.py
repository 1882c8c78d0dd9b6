class Base:
    def __init__(self):
        self.ready = True

    def save(self):
        return 1


class Child(Base):
    def __init__(self):
        super().__init__()

    def save(self):
        return super().save()


Child().save()
