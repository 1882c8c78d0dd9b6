def save():
    return 1


def run(**hooks):
    return hooks["after"]()


run(after=save)
