from enum import Enum


class State(Enum):
    OPEN = 1
    CLOSED = 2

    def is_final(self):
        return self is State.CLOSED

    @classmethod
    def start(cls):
        return cls.OPEN


State.OPEN.is_final()
State.start().is_final()
for state in State:
    state.is_final()
