def log(text):
    return text


def run(*, on_done):
    return on_done("done")


run(on_done=log)
