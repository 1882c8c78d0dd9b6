def local(path):
    return path


def remote(path):
    return path


def opener(path):
    if path.startswith("http"):
        return remote
    return local


opener("a")("a")
opener("http")("http")
