class Connection:
    def __enter__(self):
        return self.open()

    def __exit__(self, kind, error, traceback):
        self.close()

    def open(self):
        return self

    def close(self):
        return None

    def execute(self):
        return 1


with Connection() as connection:
    connection.execute()
