import handlers_mail
from registry import HANDLERS


def run(name):
    return HANDLERS[name]()


run("mail")
