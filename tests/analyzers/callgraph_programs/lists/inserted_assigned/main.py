def first():
    return 1


def replaced():
    return 2


def inserted():
    return 3


steps = [first]
steps.insert(0, inserted)
steps[1] = replaced
for step in steps:
    step()
