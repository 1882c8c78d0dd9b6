class Node:
    def __init__(self):
        self.children = []

    def clone(self):
        return type(self)()


class Leaf(Node):
    pass


Node().clone()
Leaf().clone()
