def connect():
    return "open"


def disconnected():
    raise RuntimeError


handler = disconnected


def setup():
    global handler
    handler = connect


def use():
    return handler()


setup()
use()
