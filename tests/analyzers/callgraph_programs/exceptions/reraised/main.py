class Wrapped(Exception):
    def __init__(self, cause):
        self.cause = cause


def parse(text):
    try:
        return int(text)
    except ValueError as error:
        raise Wrapped(error) from error


def main():
    try:
        parse("x")
    except Wrapped as wrapped:
        report(wrapped)


def report(error):
    return str(error)


main()
