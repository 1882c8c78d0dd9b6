def read():
    yield "a"
    yield "b"


def parse(lines):
    for line in lines:
        yield Event(line)


def keep(events):
    for event in events:
        if event.is_wanted():
            yield event


class Event:
    def __init__(self, text):
        self.text = text

    def is_wanted(self):
        return True

    def store(self):
        return self.text


for event in keep(parse(read())):
    event.store()
