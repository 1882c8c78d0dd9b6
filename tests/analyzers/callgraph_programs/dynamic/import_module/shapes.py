def draw():
    return 1


class Circle:
    def area(self):
        return 3
