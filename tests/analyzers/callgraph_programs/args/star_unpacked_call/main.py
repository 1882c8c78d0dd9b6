def validate(text):
    return text


def store(text):
    return text


def pipeline(before, after, text):
    return after(before(text))


hooks = (validate, store)
pipeline(*hooks, "text")
