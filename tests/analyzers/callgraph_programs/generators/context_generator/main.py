from contextlib import contextmanager


def begin():
    return Transaction()


class Transaction:
    def commit(self):
        return None

    def execute(self):
        return 1


@contextmanager
def transaction():
    current = begin()
    try:
        yield current
    finally:
        current.commit()


def work():
    with transaction() as current:
        current.execute()


work()
