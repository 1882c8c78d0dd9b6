class Handler:
    def handle(self):
        return 1


class Failure(Exception):
    def __init__(self, handler):
        self.handler = handler


try:
    raise Failure(Handler())
except Failure as failure:
    failure.handler.handle()
