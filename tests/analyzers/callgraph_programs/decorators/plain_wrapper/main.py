def logged(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


@logged
def pay(amount):
    return amount


pay(1)
