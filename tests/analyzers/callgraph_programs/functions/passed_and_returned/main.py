def twice(function):
    def apply(value):
        return function(function(value))

    return apply


def increment(value):
    return value + 1


twice(increment)(1)
