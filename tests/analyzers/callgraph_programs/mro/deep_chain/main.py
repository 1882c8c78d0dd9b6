class A:
    def __init__(self):
        self.a()

    def a(self):
        return 1


class B(A):
    def b(self):
        return self.a()


class C(B):
    def c(self):
        return self.b()


class D(C):
    pass


D().c()
