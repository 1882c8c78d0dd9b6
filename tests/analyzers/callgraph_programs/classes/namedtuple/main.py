from typing import NamedTuple


class Point(NamedTuple):
    x: int
    y: int

    def norm(self):
        return abs(self.x) + self.size()

    def size(self):
        return abs(self.y)

    def moved(self):
        return self._replace(x=1)


point = Point(1, 2)
point.norm()
point.moved().norm()
