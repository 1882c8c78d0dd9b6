"""The sample monolith after ``strangler rewrite reviews --write``: what its people do by hand, and how both run."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from strangler.demo.processes import Processes, Program, free_port
from strangler.demo.service import FOLDER, ReviewsService
from strangler.demo.stage import SCRUBBED

SAMPLES = Path(__file__).parent / "realworld" / "samples"
OPERATIONS = {
    "alive_review", "cast_vote", "edit_review", "flag_review", "moderate", "product_page", "remove_review", "reviews",
    "submit_review", "withdraw_vote",
}  # fmt: skip
"""All of the port; ``reviews`` is the request of the service's API that answers ``product_summary``."""
PLAIN = {key: value for key, value in os.environ.items() if not key.startswith(SCRUBBED)}
KEY = "a key for tests that is long enough"
SECONDS = 240.0


@dataclass(frozen=True)
class RewrittenShops:
    """The shop and its service on databases in `folder`; copies of the shop use the same database."""

    folder: Path
    processes: Processes
    port: int

    @property
    def environment(self) -> dict[str, str]:
        """What every copy of the shop is told."""
        return {
            **PLAIN,
            "DATABASE_URL": f"sqlite:///{self.folder / 'shop.sqlite3'}",
            "PYTHONPATH": os.pathsep.join((str(SAMPLES), ".")),
            "SHOP_ALLOWED_HOSTS": "*",
            "STRANGLER_IDENTITY_KEY": KEY,
        }

    @property
    def on_v2(self) -> dict[str, str]:
        """What switches a copy to the service, and says where its database is."""
        return {
            "REVIEWS_SIDE": "v2",
            "REVIEWS_URL": f"http://127.0.0.1:{self.port}",
            "REVIEWS_REPLICA": str(self.folder / "reviews.sqlite3"),
        }

    def serve(self, shop: Path) -> None:
        """Run the service that lies in a copy of the shop."""
        database = f"sqlite:///{self.folder / 'reviews.sqlite3'}"
        told = {**PLAIN, "STRANGLER_IDENTITY_KEY": KEY, "REVIEWS_DATABASE_URL": database}
        service = ReviewsService(shop / FOLDER, self.port, told)
        service.create_schema(self.processes)
        service.serve(self.processes)

    def manage(self, shop: Path, name: str, *arguments: str, **variables: str) -> str:
        """Run Python in the folder of a shop."""
        program = Program(name, (sys.executable, *arguments), shop, {**self.environment, **variables})
        process = self.processes.run(program, SECONDS)
        assert process.status == 0, process.said()[-3000:]
        return process.said()


def rewritten_shops(folder: Path, processes: Processes) -> RewrittenShops:
    """Choose a port for the service."""
    return RewrittenShops(folder, processes, free_port())


def fill_in(shop: Path) -> None:
    """What its people do by hand: install the middleware, and answer what the monolith asks of the service."""
    settings = shop / "shop/settings.py"
    text = settings.read_text()
    settings.write_text(
        text.replace("MIDDLEWARE = [", 'MIDDLEWARE = [\n    "shop.reviews_port.side.DjangoMiddleware",', 1)
    )
    service = shop / FOLDER / "reviews_service"
    shutil.copy(SAMPLES / "reviews_service/answers.py", service)
    app = service / "app.py"
    text = app.read_text().replace(
        "            *api.routes,", "            *api.routes,\n            *routes(Answers),", 1
    )
    imports = "from reviews_service.answers import Answers\nfrom reviews_service.port.routes import routes\n"
    app.write_text(text.replace("from reviews_service.config", f"{imports}from reviews_service.config", 1))


def passed(said: str) -> int:
    """How many tests Django ran; all of them must have passed."""
    match = re.search(r"Ran (\d+) tests", said)
    assert match is not None, said[-2000:]
    assert re.search(r"(?m)^OK$", said), said[-2000:]
    return int(match[1])


def asked(said: str) -> dict[str, int]:
    """How often the service was asked what, by what Django's tests said."""
    match = re.search(r"asked the service (.*)", said)
    assert match is not None, said[-2000:]
    return json.loads(match[1])
