class Stop(Exception):
    def __init__(self):
        self.reason = self.default_reason()

    def default_reason(self):
        return "stop"


def halt():
    raise Stop


try:
    halt()
except Stop:
    pass
