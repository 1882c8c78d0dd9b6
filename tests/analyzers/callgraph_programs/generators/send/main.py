class Command:
    def run(self):
        return 1


def consumer():
    while True:
        command = yield
        command.run()


worker = consumer()
next(worker)
worker.send(Command())
