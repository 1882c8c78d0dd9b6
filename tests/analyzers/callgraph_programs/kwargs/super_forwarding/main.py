class Base:
    def __init__(self, handler=None, **rest):
        self.handler = handler


class Widget(Base):
    def __init__(self, size=1, **rest):
        super().__init__(**rest)
        self.size = size

    def fire(self):
        return self.handler()


def clicked():
    return 1


Widget(size=2, handler=clicked).fire()
