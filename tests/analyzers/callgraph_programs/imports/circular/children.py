import parent


class Child:
    def __init__(self, owner: "parent.Parent"):
        self.title = owner.name()
