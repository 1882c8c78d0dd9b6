class Table:
    def __init__(self):
        self.rows = {}

    def __getitem__(self, key):
        return self.row(key)

    def __setitem__(self, key, value):
        self.rows[key] = value

    def __delitem__(self, key):
        del self.rows[key]

    def row(self, key):
        return self.rows[key]


table = Table()
table["a"] = 1
table["a"]
del table["a"]
