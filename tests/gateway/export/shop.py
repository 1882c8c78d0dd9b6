"""A project with something of everything that can be exported, and what is written for it."""

from __future__ import annotations

from pathlib import Path

from strangler.model.authority import Side
from strangler.project_reader import parse_project
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.export.targets import Exported, ExportTarget, export
from strangler_gateway.routing.plan import compile_plan

GOLDEN = Path(__file__).parent / "golden"
ENVIRONMENT = {"TOKEN": "open sesame", "KEY": "0123456789abcdef0123456789abcdef"}
PROJECT = """
[monolith]
upstreams = ["http://127.0.0.1:8000"]
concurrency = 16

[services.reviews]
upstreams = ["http://127.0.0.1:8100", "http://127.0.0.1:8101"]
concurrency = 8

[services.reviews.resilience]
try_seconds = 2.5

[services.reviews.resilience.health]
path = "/health"

[services.search]
upstreams = ["https://search.internal"]
stateless = true

[services.search.headers]
host = "upstream"

[services.search.identity]
off = true

[services.orders]
upstreams = ["http://127.0.0.1:8300"]
traffic = { v2 = 100 }

[services.carts]
upstreams = ["http://127.0.0.1:8400"]

[gateway]
listen = "127.0.0.1:8080"
admin = ["127.0.0.1:9900"]
token = "${TOKEN}"

[gateway.identity]
whoami = "/api/whoami"
key = "${KEY}"
claims = { id = "header:X-User" }
nobody = "refuse"

[[routes]]
match = { path = "/api/products/{id}/reviews", methods = ["GET", "POST"] }
service = "reviews"
traffic = { v2 = 12.5, sticky = "cookie:sessionid" }

[[routes]]
match = { path = "/reviews/café/{rest:path}", host = "*.shop.example", headers = { X-Beta = "yes" }, \
cookies = { seen = true }, query = { page = "1" } }
service = "reviews"
traffic = { shadow = 50 }

[[routes]]
match = { path = "/reviews/latest", host = "shop.example", methods = ["GET"] }
service = "reviews"

[routes.traffic]
sticky = "header:X-Tenant"
override = "cookie:try"
arms = [
    { name = "old", side = "v1", weight = 50 },
    { name = "new", side = "v2", weight = 30 },
    { name = "bold", side = "v2", weight = 20, upstreams = ["http://127.0.0.1:8200"] },
]

[[routes]]
match = { path = "/search" }
service = "search"
traffic = { v2 = 25, sticky = "client", override = "header:X-Beta=yes" }

[[routes]]
match = { path = "/orders/{id}.json" }
service = "orders"

[[routes]]
match = { path = "/carts/{id}" }
service = "carts"
"""


def setting(text: str = PROJECT) -> ExportSetting:
    """Return the setting of a project whose carts were cut over."""
    project = parse_project(text, Path("strangler.toml"))
    assert project.gateway.listen is not None
    plan = compile_plan(project, ENVIRONMENT)
    return ExportSetting.of(project, plan, project.gateway.listen, {"carts": Side.V2})


def golden(target: ExportTarget) -> Path:
    """Return where what is written for a target stands."""
    return GOLDEN / f"{target}.txt"


def golden_text(exported: Exported) -> str:
    """Return a configuration and its gaps."""
    gaps = "".join(f"# {gap}\n" for gap in exported.gaps)
    return f"{gaps}\n{exported.text}"


def write_all() -> None:
    """Write what is expected anew."""
    for target in ExportTarget:
        golden(target).write_text(golden_text(export(target, setting())), encoding="utf-8")


if __name__ == "__main__":
    write_all()
