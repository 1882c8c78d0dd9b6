from typing import Callable


def price() -> int:
    return 1


compute: Callable[[], int] = price
compute()
