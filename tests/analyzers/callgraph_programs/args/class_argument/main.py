class Circle:
    def __init__(self, size):
        self.size = size

    def area(self):
        return 3 * self.size


class Square:
    def __init__(self, size):
        self.size = size

    def area(self):
        return self.size * self.size


def build(kind, size):
    shape = kind(size)
    return shape.area()


build(Circle, 2)
build(Square, 3)
