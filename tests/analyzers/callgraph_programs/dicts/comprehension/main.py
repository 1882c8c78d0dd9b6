class Shard:
    def __init__(self, name):
        self.name = name

    def query(self):
        return self.name


shards = {name: Shard(name) for name in ("a", "b")}
shards["a"].query()
