def helper():
    return "module"


def outer():
    def helper():
        return "local"

    return helper()


def other():
    return helper()


outer()
other()
