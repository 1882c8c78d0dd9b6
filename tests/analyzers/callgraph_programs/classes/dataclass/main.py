from dataclasses import dataclass, field


def no_lines():
    return []


@dataclass
class Order:
    number: int
    lines: list = field(default_factory=no_lines)

    def __post_init__(self):
        self.validate()

    def validate(self):
        return self.number > 0

    def first(self):
        return self.lines[0]


order = Order(1, [2])
order.first()
Order(2)
