def start():
    return 0


def stop():
    return 2


def wanted(value):
    return value


values = [1, 2, 3]
values[start():stop()]
while wanted(len(values) > 2):
    values.pop()
[value for value in values if wanted(value)]
