def clean(text):
    return text.strip()


def is_set(text):
    return bool(text)


def prepare(texts):
    return list(filter(lambda text: is_set(text), map(lambda text: clean(text), texts)))


prepare(["a "])
