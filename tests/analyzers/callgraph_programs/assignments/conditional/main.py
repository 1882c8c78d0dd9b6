import sys


def posix():
    return "/"


def windows():
    return "\\"


separator = windows if sys.platform == "win32" else posix
separator()
