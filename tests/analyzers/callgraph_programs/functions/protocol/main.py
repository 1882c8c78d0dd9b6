from typing import Protocol


class Sender(Protocol):
    def send(self, text: str) -> None: ...


class Mail:
    def send(self, text: str) -> None:
        return None


def notify(sender: Sender) -> None:
    sender.send("hi")


notify(Mail())
