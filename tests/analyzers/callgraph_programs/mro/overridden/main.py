class Base:
    def run(self):
        return self.step()

    def step(self):
        return "base"


class Child(Base):
    def step(self):
        return "child"


Child().run()
Base().run()
