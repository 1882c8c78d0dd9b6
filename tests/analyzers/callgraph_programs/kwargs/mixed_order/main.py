def read():
    return 1


def write(value):
    return value


def copy(reader, writer):
    return writer(reader())


copy(writer=write, reader=read)
