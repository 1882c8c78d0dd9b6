def ping(depth, other):
    if depth:
        other(depth - 1, ping)


def pong(depth, other):
    if depth:
        other(depth - 1, pong)


ping(3, pong)
