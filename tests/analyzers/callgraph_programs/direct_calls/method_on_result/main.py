class Session:
    def user(self):
        return User()


class User:
    def name(self):
        return "ada"


def session():
    return Session()


session().user().name()
