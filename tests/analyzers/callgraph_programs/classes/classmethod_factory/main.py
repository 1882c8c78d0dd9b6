class Color:
    def __init__(self, value):
        self.value = value

    @classmethod
    def parse(cls, text):
        return cls(cls.number(text))

    @staticmethod
    def number(text):
        return int(text, 16)

    def mix(self, other):
        return Color.parse("ff")


class Tint(Color):
    pass


red = Color.parse("f0")
red.mix(Tint.parse("0f"))
