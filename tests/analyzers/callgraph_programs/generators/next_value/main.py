class Token:
    def text(self):
        return "t"


def tokens():
    yield Token()


stream = tokens()
next(stream).text()
