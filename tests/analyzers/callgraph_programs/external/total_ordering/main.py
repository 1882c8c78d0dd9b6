from functools import total_ordering


@total_ordering
class Rank:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return self.value < other.value


Rank(1) < Rank(2)
Rank(1) == Rank(1)
