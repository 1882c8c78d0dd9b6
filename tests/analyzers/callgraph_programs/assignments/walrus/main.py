import re


class Match:
    def text(self):
        return "x"


def find(pattern):
    return Match() if re.match(pattern, "x") else None


if found := find("x"):
    found.text()
