def before():
    return 1


def after():
    return 2


def run(**hooks):
    hooks.get("before")()
    hooks.pop("after", None)()


run(before=before, after=after)
