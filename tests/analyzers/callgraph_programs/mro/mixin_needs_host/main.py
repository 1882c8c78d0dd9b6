class JsonMixin:
    def to_json(self):
        return str(self.to_dict())


class User(JsonMixin):
    def to_dict(self):
        return {}


class Group(JsonMixin):
    def to_dict(self):
        return {}


User().to_json()
Group().to_json()
