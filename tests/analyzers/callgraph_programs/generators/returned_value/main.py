class Result:
    def show(self):
        return 1


def steps():
    yield 1
    return Result()


def run():
    result = yield from steps()
    result.show()


for _ in run():
    pass
