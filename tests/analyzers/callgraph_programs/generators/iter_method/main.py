class Node:
    def __init__(self, value):
        self.value = value

    def visit(self):
        return self.value


class Tree:
    def __init__(self):
        self.nodes = [Node(1), Node(2)]

    def __iter__(self):
        for node in self.nodes:
            yield node


for node in Tree():
    node.visit()
