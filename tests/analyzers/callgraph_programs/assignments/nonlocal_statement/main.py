def ready():
    return True


def waiting():
    return False


def machine():
    state = waiting

    def advance():
        nonlocal state
        state = ready

    advance()
    return state()


machine()
