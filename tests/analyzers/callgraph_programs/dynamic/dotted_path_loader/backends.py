class Memory:
    def __init__(self):
        self.values = {}

    def get(self):
        return None
