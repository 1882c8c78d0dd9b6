def transactional(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


class Receipt:
    def show(self):
        return "ok"


class Ticket:
    def show(self):
        return "ticket"


@transactional
def buy():
    return Receipt()


@transactional
def reserve():
    return Ticket()


buy().show()
reserve()
