class Base:
    @property
    def title(self):
        return self.make_title()

    def make_title(self):
        return "base"


class Child(Base):
    def make_title(self):
        return "child"

    @property
    def title(self):
        return super().title.upper()


Child().title
Base().title
