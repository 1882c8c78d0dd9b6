"""Reports the gateway's state to systemd (sd_notify(3)), as datagrams to the socket named in the environment."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The service manager that started the gateway; without an `address` there is none to notify."""

    address: str | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> ServiceManager:
        """Return the service manager that `environment` names."""
        return cls(environment.get("NOTIFY_SOCKET") or None)

    def notify(self, state: str) -> None:
        """Send a state such as ``READY=1``; a failure is logged and does not stop the gateway."""
        if self.address is None:
            return
        # A leading @ stands for an abstract socket, which is not in the file system.
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.sendto(state.encode(), address)
        except OSError as error:
            logger.warning("the service manager cannot be told %s: %s", state, error.strerror)

    @contextlib.contextmanager
    def reloading(self) -> Generator[None]:
        """Report that the gateway is reloading, and at the end that it is ready again."""
        self.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            yield
        finally:
            self.notify("READY=1")
