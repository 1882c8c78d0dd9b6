__all__ = ["hammer"]


def hammer():
    return _swing()


def _swing():
    return 1
