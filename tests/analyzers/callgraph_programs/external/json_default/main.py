import json


def encode(value):
    return str(value)


def dump(value):
    return json.dumps(value, default=encode)


dump({"a": object})
