class Json:
    def dump(self):
        return "json"


class Yaml:
    def dump(self):
        return "yaml"


class Base:
    codec = Json

    def run(self):
        return self.codec().dump()


class Child(Base):
    codec = Yaml


Base().run()
Child().run()
