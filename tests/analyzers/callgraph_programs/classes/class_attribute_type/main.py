class Serializer:
    def dump(self, value):
        return value


class View:
    serializer_class = Serializer

    def get(self):
        return self.get_serializer().dump(1)

    def get_serializer(self):
        return self.serializer_class()


View().get()
