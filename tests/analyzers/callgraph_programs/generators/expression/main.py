class Row:
    def value(self):
        return 1


def rows():
    return [Row(), Row()]


total = sum(row.value() for row in rows())
