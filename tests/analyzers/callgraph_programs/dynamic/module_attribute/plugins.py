def transform():
    return 0


def run():
    return transform()
