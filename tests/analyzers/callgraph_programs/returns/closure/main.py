def outer():
    secret = helper()

    def inner():
        return secret.show()

    return inner


class Helper:
    def show(self):
        return 1


def helper():
    return Helper()


outer()()
