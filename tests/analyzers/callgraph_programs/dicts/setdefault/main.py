def on_paid():
    return 1


def on_sent():
    return 2


listeners = {}


def listen(event, action):
    listeners.setdefault(event, []).append(action)


def emit(event):
    for action in listeners[event]:
        action()


listen("paid", on_paid)
listen("sent", on_sent)
emit("paid")
emit("sent")
