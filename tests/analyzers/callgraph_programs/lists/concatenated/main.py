def a():
    return 1


def b():
    return 2


steps = [a] + [b]
for step in steps:
    step()
