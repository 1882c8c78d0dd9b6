class PaymentError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def charge():
    raise PaymentError(3)


try:
    charge()
except PaymentError:
    pass
