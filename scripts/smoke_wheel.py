#!/usr/bin/env python3
"""Build the wheel and try it outside the checkout: an editable install hides files missing from it."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

CHECKOUT = Path(__file__).parents[1].resolve()
REQUIREMENTS = CHECKOUT / "requirements" / "analyze.txt"
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")
PROJECT = {
    "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\nINSTALLED_APPS = ["shop.orders"]\n',
    "shop/urls.py": "from django.urls import path\n\nfrom shop.orders import views\n\n"
    'urlpatterns = [path("orders/", views.orders)]\n',
    "shop/orders/__init__.py": "",
    "shop/orders/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n"
    "    total = models.IntegerField()\n",
    "shop/orders/views.py": "from shop.orders.models import Order\n\n\ndef orders(request):\n"
    "    return list(Order.objects.all())\n",
}
DESIGN = """
{ name: "orders", namespace: "orders.v0", version: "0.1.0",
  models: { order: { fields: [{ name: "id", type: "uuid" }] } },
  resources: { order: { path: "/orders", operations: [
    { method: "GET", responses: { "200": { type: "[order]" } } },
  ] } } }
"""
# `analyze` requires all that `etl` does, and no driver of a database.
SEEDING = """
[monolith]
database = "sqlite:///{folder}/shop.sqlite3"
[services.orders]
tables = ["orders_order"]
database = "sqlite:///{folder}/orders.sqlite3"
[etl.orders.tables.orders_order]
columns = {{ id = {{ key = "uuid" }}, number = {{ key = "source" }}, total = "total" }}
"""


def main() -> None:
    """Build, install, run; the first command that fails ends the script with its status."""
    with tempfile.TemporaryDirectory(prefix="strangler-smoke-") as name:
        folder = Path(name)
        wheel = build_wheel(folder / "wheel")
        programs = install(wheel, folder / "venv")
        project = folder / "project"
        write_project(project)
        for arguments in (
            ["--version"],
            ["--help"],
            ["init", str(project)],
            ["analyze", str(project), "--progress", "none"],
            ["trace", "GET /orders/", str(project)],
        ):
            run([str(programs / "strangler"), *arguments], folder)
        expect((project / "strangler.toml").is_file(), "init left no strangler.toml")
        for artefact in ("graph.json", "report.html"):
            expect((project / ".strangler" / artefact).is_file(), f"analyze left no {artefact}")
        expect(len((project / ".strangler" / "report.html").read_bytes()) > 100_000, "the wheel lacks the front end")
        run([str(programs / "python"), "-c", "import strangler_gateway, strangler_etl"], folder)
        seed(programs / "strangler", folder / "seeding")
        generate(programs / "strangler", folder / "generating")
    print("the wheel works")


def build_wheel(folder: Path) -> Path:
    """Build the checkout's wheel into a folder."""
    command = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(CHECKOUT)]
    run([sys.executable, *command], CHECKOUT)
    (wheel,) = folder.glob("strangler-*.whl")
    return wheel


def install(wheel: Path, environment: Path) -> Path:
    """Install a wheel with its analyze extra from the pinned requirements; return the folder of its programs."""
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    run([python, *PIP, "install", "--require-hashes", "--requirement", str(REQUIREMENTS)], environment)
    # With every dependency already in place pip has nothing to fetch; --no-index proves it.
    run([python, *PIP, "install", "--no-index", f"{wheel}[analyze]"], environment)
    run([python, *PIP, "check"], environment)
    return environment / "bin"


def write_project(folder: Path) -> None:
    """Write a tiny Django project."""
    for name, text in PROJECT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def generate(program: Path, folder: Path) -> None:
    """Write a service, part of which is copied out of the wheel, from a design document."""
    folder.mkdir()
    (folder / "strangler.toml").write_text('[services.orders]\ndesign = "orders.json5"\n')
    (folder / "orders.json5").write_text(DESIGN)
    for arguments in (["generate", "orders"], ["generate", "orders", "--check"]):
        run([str(program), *arguments], folder)
    service = folder / "services" / "orders"
    run([sys.executable, "-m", "compileall", "-q", str(service)], folder)
    for name in ("Dockerfile", "orders_service/handlers.py", "orders_service/generated/call.py"):
        expect((service / name).is_file(), f"generate left no {name}")


def seed(program: Path, folder: Path) -> None:
    """Copy a table from one SQLite database into another, let a change of it follow, and prove the two equal."""
    folder.mkdir()
    (folder / "strangler.toml").write_text(SEEDING.format(folder=folder))
    (folder / "orders.sqlite3").touch()
    with closing(sqlite3.connect(folder / "shop.sqlite3")) as shop:
        shop.execute("CREATE TABLE orders_order (id INTEGER PRIMARY KEY, total INTEGER NOT NULL)")
        shop.executemany("INSERT INTO orders_order (total) VALUES (?)", [(total,) for total in range(1000)])
        shop.commit()
        run([str(program), "etl", "run", "orders", "--create", "--progress", "none"], folder)
        shop.execute("UPDATE orders_order SET total = 5000 WHERE id = 7")
        shop.commit()
    for arguments in (["etl", "run", "orders", "--refresh", "--progress", "none"], ["etl", "verify", "orders"]):
        run([str(program), *arguments], folder)
    with closing(sqlite3.connect(folder / "orders.sqlite3")) as orders:
        ((found,),) = orders.execute("SELECT total FROM orders_order WHERE number = 7")
        expect(found == 5000, f"a change did not arrive: {found}")


def run(command: Sequence[str], folder: Path) -> None:
    """Run a command; its failure is ours."""
    print("$", *command, flush=True)
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    status = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
    if status != 0:
        sys.exit(f"error: exit status {status}")


def expect(condition: object, otherwise: str) -> None:
    """End the script when something is not as it should be."""
    if not condition:
        sys.exit(f"error: {otherwise}")


if __name__ == "__main__":
    main()
