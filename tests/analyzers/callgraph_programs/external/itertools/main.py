import itertools


class Row:
    def key(self):
        return 1


def key_of(row):
    return row.key()


rows = [Row(), Row()]
for key, group in itertools.groupby(rows, key_of):
    for row in group:
        row.key()
for row in itertools.chain(rows, [Row()]):
    row.key()
