from helpers import *


def secret():
    return "main"


public()
secret()
