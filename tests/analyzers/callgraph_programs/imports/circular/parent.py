def make():
    return Parent()


class Parent:
    def child(self):
        return children.Child(self)

    def name(self):
        return "p"


import children
