HANDLERS = {}


def register(name):
    def decorate(function):
        HANDLERS[name] = function
        return function

    return decorate
