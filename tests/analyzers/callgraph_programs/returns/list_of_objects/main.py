class Row:
    def show(self):
        return 1


def rows():
    found = []
    for _ in range(2):
        found.append(Row())
    return found


for row in rows():
    row.show()
