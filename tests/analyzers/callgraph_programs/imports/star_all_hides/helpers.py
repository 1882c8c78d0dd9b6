__all__ = ["public"]


def public():
    return secret()


def secret():
    return "helpers"
