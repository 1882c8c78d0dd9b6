class Timeout(Exception):
    def retry_after(self):
        return 1


class Refused(Exception):
    def retry_after(self):
        return 2


def connect(kind):
    raise kind()


for kind in (Timeout, Refused):
    try:
        connect(kind)
    except (Timeout, Refused) as error:
        error.retry_after()
