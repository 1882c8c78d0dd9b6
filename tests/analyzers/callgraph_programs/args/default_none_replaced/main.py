def stderr_logger(text):
    return text


def quiet_logger(text):
    return None


def work(log=None):
    log = log or stderr_logger
    log("working")


work()
work(quiet_logger)
