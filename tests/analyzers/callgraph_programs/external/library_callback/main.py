import re


def replace(match):
    return match.group().upper()


def shout(text):
    return re.sub("[a-z]+", replace, text)


shout("abc")
