def leaf():
    return 0


def call(action):
    return action()


def apply(function, value):
    return function(value)


apply(call, leaf)
