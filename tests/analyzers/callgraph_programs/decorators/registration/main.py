handlers = {}


def on(event):
    def register(function):
        handlers[event] = function
        return function

    return register


@on("created")
def created():
    return 1


@on("deleted")
def deleted():
    return 2


def fire(event):
    return handlers[event]()


fire("created")
fire("deleted")
