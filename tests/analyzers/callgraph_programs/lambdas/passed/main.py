def log(text):
    return text


def run(action):
    return action()


run(lambda: log("a"))
