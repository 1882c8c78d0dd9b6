from collections import defaultdict


class Bucket:
    def __init__(self):
        self.items = []

    def put(self, item):
        self.items.append(item)


buckets = defaultdict(Bucket)
buckets["a"].put(1)
