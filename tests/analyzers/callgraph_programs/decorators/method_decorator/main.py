from functools import wraps


def checked(method):
    @wraps(method)
    def wrapper(self, *args):
        self.check()
        return method(self, *args)

    return wrapper


class Account:
    def check(self):
        return True

    @checked
    def withdraw(self, amount):
        return self.book(-amount)

    def book(self, amount):
        return amount


Account().withdraw(3)
