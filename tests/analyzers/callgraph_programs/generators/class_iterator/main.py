class Pages:
    def __init__(self, client):
        self.client = client
        self.left = 2

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        self.left -= 1
        return self.client.page()


class Client:
    def page(self):
        return Page()


class Page:
    def items(self):
        return []


for page in Pages(Client()):
    page.items()
