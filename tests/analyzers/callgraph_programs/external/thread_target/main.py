import threading


def work():
    return step()


def step():
    return 1


def start():
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


start()
