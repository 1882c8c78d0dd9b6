class Client:
    def __init__(self, *, transport, retries=3):
        self.transport = transport

    def get(self):
        return self.transport.send()


class Fake:
    def send(self):
        return 1


Client(transport=Fake(), retries=1).get()
