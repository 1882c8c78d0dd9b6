def tracked(cls):
    cls.tracked = True
    return cls


@tracked
class Order:
    def __init__(self):
        self.state = self.initial()

    def initial(self):
        return "new"


Order()
