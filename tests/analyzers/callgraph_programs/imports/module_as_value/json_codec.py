def encode(value):
    return value


def decode(text):
    return text
