def record(value):
    return value


callbacks = [lambda value=number: record(value) for number in range(2)]
for callback in callbacks:
    callback()
