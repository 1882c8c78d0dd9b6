class Query:
    def where(self, text):
        return self

    def order(self, column):
        return self.copy()

    def copy(self):
        return Query()

    def all(self):
        return []


Query().where("a").order("b").all()
