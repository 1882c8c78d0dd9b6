class Page:
    def __init__(self, number):
        self.number = number

    def render(self):
        return self.number


pages = [Page(number) for number in range(2)]
texts = [page.render() for page in pages]
