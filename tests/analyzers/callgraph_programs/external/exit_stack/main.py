import contextlib


class File:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        return None

    def read(self):
        return ""


def cleanup():
    return None


with contextlib.ExitStack() as stack:
    file = stack.enter_context(File())
    file.read()
    stack.callback(cleanup)
