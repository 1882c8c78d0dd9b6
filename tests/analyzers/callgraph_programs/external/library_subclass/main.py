import json


class Encoder(json.JSONEncoder):
    def default(self, value):
        return self.text(value)

    def text(self, value):
        return str(value)


json.dumps(object, cls=Encoder)
