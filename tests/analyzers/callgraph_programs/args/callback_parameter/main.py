def greet(name):
    return "hello " + name


def shout(name):
    return name.upper()


def apply(action, name):
    return action(name)


apply(greet, "ada")
apply(shout, "bob")
