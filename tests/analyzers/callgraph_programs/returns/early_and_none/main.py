class User:
    def name(self):
        return "ada"


def find(key):
    if not key:
        return None
    for candidate in [User()]:
        if candidate:
            return candidate
    return None


user = find(1)
if user is not None:
    user.name()
