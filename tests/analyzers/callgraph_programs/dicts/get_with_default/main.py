def known():
    return 1


def fallback():
    return 0


table = {"a": known}


def run(name):
    return table.get(name, fallback)()


run("a")
run("b")
