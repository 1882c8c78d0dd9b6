class OrderError(Exception):
    def explain(self):
        return "order"


def fail():
    raise OrderError()


try:
    fail()
except OrderError as error:
    error.explain()
