"""What the gateway tells who started it."""

from __future__ import annotations

import socket
from pathlib import Path

from strangler_gateway.process.service_manager import ServiceManager


def test_each_state_is_one_datagram(tmp_path: Path) -> None:
    """Ready, reloading with the time of the clock systemd compares, ready again."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        manager = ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        manager.notify("READY=1")
        with manager.reloading():
            manager.notify("STATUS=busy")
        said = [receiver.recv(200).decode() for _ in range(4)]
    assert (said[0], said[2], said[3]) == ("READY=1", "STATUS=busy", "READY=1")
    first, second = said[1].splitlines()
    assert first == "RELOADING=1"
    assert second.startswith("MONOTONIC_USEC=")


def test_nobody_who_listens_stops_nothing(tmp_path: Path) -> None:
    """Neither without a service manager, nor with one that is gone."""
    ServiceManager.of({}).notify("READY=1")
    ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "gone")}).notify("READY=1")
