class Visitor:
    def visit(self, node):
        method = getattr(self, "visit_" + node)
        return method()

    def visit_name(self):
        return 1

    def visit_call(self):
        return 2


visitor = Visitor()
visitor.visit("name")
visitor.visit("call")
