class ApiError(Exception):
    @classmethod
    def from_status(cls, status):
        return cls(cls.message(status))

    @staticmethod
    def message(status):
        return str(status)


def call():
    raise ApiError.from_status(500)


try:
    call()
except ApiError:
    pass
