def encode(value):
    return value


def dump(value, encoder):
    return encoder(value)


options = {"encoder": encode}
dump(1, **options)
