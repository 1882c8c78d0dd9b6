class Root:
    def visit(self):
        return "root"


class Left(Root):
    def visit(self):
        return super().visit()


class Right(Root):
    def visit(self):
        return super().visit()


class Bottom(Left, Right):
    def visit(self):
        return super().visit()


Bottom().visit()
