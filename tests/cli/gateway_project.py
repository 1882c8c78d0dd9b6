"""The project file of a gateway that runs in the test's event loop."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.running import PROJECT, RunningGateway

GATEWAY = """
[gateway]
listen = "127.0.0.1:9"
admin = [{admin}]
token = "${{TOKEN}}"
"""


def project_of(gateway: RunningGateway, folder: Path, *more: str, share: float = 0) -> Path:
    """Write it, with the addresses of `more` gateways; the gateway itself gets orders only."""
    path = folder / "strangler.toml"
    v1, v2 = gateway.traffic.plan.monolith[0], gateway.traffic.plan.services["reviews"].v2[0]
    admin = ", ".join(f'"{address}"' for address in (gateway.admin, *more))
    path.write_text(PROJECT.format(v1=v1, v2=v2, share=share) + GATEWAY.format(admin=admin))
    return path
