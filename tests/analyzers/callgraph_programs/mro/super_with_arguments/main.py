class A:
    def go(self):
        return "a"


class B(A):
    def go(self):
        return "b"


class C(B):
    def go(self):
        return super(B, self).go()


C().go()
