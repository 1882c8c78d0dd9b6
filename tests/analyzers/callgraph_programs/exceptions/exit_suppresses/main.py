class Suppress:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return self.matches(kind)

    def matches(self, kind):
        return kind is KeyError


def lookup():
    with Suppress():
        return missing()


def missing():
    raise KeyError("x")


lookup()
