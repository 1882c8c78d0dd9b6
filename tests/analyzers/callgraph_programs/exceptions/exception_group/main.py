class One(Exception):
    def name(self):
        return 1


def work():
    raise ExceptionGroup("all", [One()])


try:
    work()
except* One as group:
    for error in group.exceptions:
        error.name()
