"""What is generated keeps its document, by a contract test that knows nothing of how it was generated."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.verification.answer import Answer, Outcome, Request, Send
from strangler.contracts.verification.known_values import KnownValues
from strangler.contracts.verification.sample import Samples
from strangler.contracts.verification.verification import Terms, Verification
from tests.contracts.documents import library_of
from tests.contracts.generation.generated_package import GeneratedPackage, generated_package
from tests.contracts.random_models import FIELDS, Fields, document

_IN_NO_PARAMETER = ("map", "part", "[part]", "either", "json", "object")


def whole_document(found: Fields) -> str:
    """The random model is sent and answered, and its fields are parameters of a list."""
    text: dict[str, Any] = json.loads(document(found))
    problem = [{"name": "code", "type": "string"}, {"name": "messages", "type": "[string]"}]
    text["models"]["problem"] = {"fields": problem}
    refusal = {"422": {"type": "problem"}}
    (operation,) = text["resources"]["thing"]["operations"]
    operation["responses"].update(refusal)
    fields = [item for item in text["models"]["thing"]["fields"] if not item["type"].startswith(_IN_NO_PARAMETER)]
    for item in text["models"]["thing"]["fields"]:
        # Defaults that are none are refused; the reader of documents does not know them all.
        if item["type"] in {"either", "colour"}:
            item.pop("default", None)
    responses = {"200": {"type": "[thing]"}, **refusal}
    text["resources"]["thing"]["operations"].append({"method": "GET", "parameters": fields, "responses": responses})
    return json.dumps(text)


def handlers_of(package: GeneratedPackage) -> object:
    """Answers what was sent, and lists nothing."""
    (unwritten,) = [value for name, value in vars(package.port).items() if name.startswith("Unwritten")]

    async def echo(_: object, *, body: object) -> object:
        return body

    async def nothing(_: object, **__: object) -> list[object]:
        return []

    return type("Handlers", (unwritten,), {"post_things": echo, "get_things": nothing})()


def sender(application: Callable[..., Any], runner: asyncio.Runner) -> Send:
    """Sends to an application in this process."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://service")

    def send(request: Request) -> Outcome:
        told = client.request(request.method, request.target, headers=list(request.headers), content=request.body)
        answer = runner.run(told)
        return Answer(answer.status_code, {**answer.headers}, answer.content)

    return send


@settings(max_examples=12, deadline=None)
@given(FIELDS, st.integers(0, 1000))
def test_a_generated_service_keeps_any_document(found: Fields, seed: int) -> None:
    """Whatever is valid is served, whatever is not is refused, and every answer is as declared."""
    library = library_of({"reviews": whole_document(found)}, "reviews")
    with (
        tempfile.TemporaryDirectory() as folder,
        generated_package(library, Path(folder)) as package,
        asyncio.Runner() as runner,
    ):
        send = sender(package.app.create_app(handlers_of(package)), runner)
        terms = Terms(True, frozenset(), (), 3, lambda: False, lambda request: f"{request}")
        known, samples = KnownValues(library, {}), Samples(library, Random(seed))
        report = Verification(library.document("reviews"), library, samples, known, send, terms).ask(lambda _: True)
    assert report.findings == ()
    assert report.proven == 2
