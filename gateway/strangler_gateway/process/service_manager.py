"""Tells systemd how the gateway is (sd_notify(3)): a datagram to the socket it names in the environment."""

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
    """Who started the gateway; without an `address` nobody wants to know."""

    address: str | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> ServiceManager:
        """Return the service manager that `environment` names."""
        return cls(environment.get("NOTIFY_SOCKET") or None)

    def notify(self, state: str) -> None:
        """Send ``READY=1`` and the like; a service manager that can not be told does not stop the gateway."""
        if self.address is None:
            return
        # A name that begins with @ is not in the file system.
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.sendto(state.encode(), address)
        except OSError as error:
            logger.warning("the service manager can not be told %s: %s", state, error.strerror)

    @contextlib.contextmanager
    def reloading(self) -> Generator[None]:
        """Say that the gateway reads its file, and that it is ready again."""
        self.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            yield
        finally:
            self.notify("READY=1")
