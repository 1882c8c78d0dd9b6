def prepare():
    return convert(0)


def convert(value):
    return str(value)
