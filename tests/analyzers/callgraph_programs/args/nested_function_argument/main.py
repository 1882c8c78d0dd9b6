def each(rows, visit):
    return [visit(row) for row in rows]


def total(rows):
    found = []

    def add(row):
        found.append(row)

    each(rows, add)
    return sum(found)


total([1, 2])
