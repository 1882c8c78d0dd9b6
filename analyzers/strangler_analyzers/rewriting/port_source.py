"""Writes the source of a port: the Protocol, both adapters, the switch and what they stand on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

from strangler.model.identity import IdentityTerms
from strangler_analyzers.rewriting.adapter_source import adapter_texts
from strangler_analyzers.rewriting.answering import Answering
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.definition_source import awaiting, define, given, head
from strangler_analyzers.rewriting.operations import Asked, Operation, Remote
from strangler_analyzers.rewriting.type_names import TypeNames
from strangler_analyzers.rewriting.v2_source import v2_source
from strangler_analyzers.rewriting.wire_types import Entity, parts_of

_SEAL = re.compile(r"\A# Written by strangler rewrite .*; sha256 ([0-9a-f]{64})\n")
_TEMPLATES = ("client", "identity", "side", "values")
_NO_IDENTITY = IdentityTerms("")


def port_files(boundary: Boundary, operations: Sequence[Operation], answering: Answering) -> Mapping[str, str]:
    """The text of every file of the port by its name."""
    writer = _Writer(boundary, operations, answering)
    templates = [*_TEMPLATES, *(["entities"] if any(map(_has_rows, operations)) else [])]
    texts = {
        "__init__": f'"""The port through which the monolith reaches {boundary.service}."""\n',
        "port": writer.port(),
        "switch": writer.switch(),
        "v1": writer.v1(),
        "v2": writer.v2(),
        **{name: writer.template(name) for name in templates},
    }
    return {f"{name}.py": sealed(text, boundary.service) for name, text in texts.items()}


def adapter_files(boundary: Boundary, operations: Sequence[Operation]) -> Mapping[str, str]:
    """The text of every file of the service's half of the port by its name."""
    name = boundary.service.replace("-", "_")
    marks = {"NAME": boundary.service, "ERRORS": ".problems", "ERROR": "AskedWrongly", "OTHER": "the monolith sent"}
    texts = {
        "__init__": f'"""The half of the port through which {boundary.service} answers the monolith."""\n',
        **adapter_texts(boundary.service, class_name(name), operations),
        **{template: filled_template(template, marks) for template in ("answering", "problems", "values")},
    }
    return {f"{file}.py": sealed(text, boundary.service) for file, text in texts.items()}


def class_name(name: str) -> str:
    """The name of a service as classes begin with it."""
    return "".join(part.capitalize() for part in name.split("_"))


def sealed(text: str, service: str) -> str:
    """A text with a first line that tells whether somebody has edited the rest."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"# Written by strangler rewrite {service}, and overwritten until somebody edits it; sha256 {digest}\n{text}"


def is_untouched(source: bytes) -> bool:
    """Whether a file of the port is as it was written."""
    text = source.decode("utf-8", "replace")
    match = _SEAL.match(text)
    return match is not None and hashlib.sha256(text[match.end() :].encode()).hexdigest() == match[1]


def filled_template(name: str, values: Mapping[str, str]) -> str:
    """A template with a text for each of its marks, ``@NAME@``."""
    text = files("strangler_analyzers.rewriting").joinpath("templates", f"{name}.py.txt").read_text("utf-8")
    for mark, value in values.items():
        text = text.replace(f"@{mark}@", value)
    return text


def _has_rows(operation: Operation) -> bool:
    """Whether rows of the service come back."""
    answer = operation.answer
    return isinstance(answer, Asked) and (
        bool(answer.refreshed) or any(isinstance(part, Entity) for part in parts_of(answer.result))
    )


class _Writer:
    """Writes the files of one port."""

    def __init__(self, boundary: Boundary, operations: Sequence[Operation], answering: Answering) -> None:
        self._boundary = boundary
        self._signing = answering.signing
        self._operations = operations
        self._name = boundary.service.replace("-", "_")
        self._class = class_name(self._name)

    def template(self, name: str) -> str:
        """A file that is the same for every service but for its name."""
        terms = _NO_IDENTITY if self._signing is None else self._signing.terms
        claims = {claim.name: (claim.source.value, claim.path) for claim in terms.claims}
        return filled_template(
            name,
            {
                "NAME": self._name,
                "SERVICE": self._boundary.service,
                "PORT": self._boundary.port,
                "ERRORS": f"{self._boundary.port}.client",
                "ERROR": "ServiceError",
                "OTHER": "the service answered",
                "SETTING": f"{self._name.upper()}_SIDE",
                "HEADER": f"X-{'-'.join(part.capitalize() for part in self._name.split('_'))}-Side",
                "COOKIE": f"{self._name}_side",
                "WHOAMI": terms.whoami,
                "KEY": "" if self._signing is None else self._signing.key,
                "SECONDS": str(terms.token_seconds),
                "CLAIMS": repr(claims),
                "NOBODY": repr(terms.nobody_statuses),
            },
        )

    def port(self) -> str:
        """The Protocol."""
        types = TypeNames()
        body = [f"    {define(operation, types, defaults=False)}\n        ...\n" for operation in self._operations] or [
            "    pass\n"
        ]
        return (
            f'"""The operations of {self._boundary.service} that the rest of the monolith uses."""\n\n'
            + head(types, "Protocol")
            + f'class {self._class}Port(Protocol):\n    """Implemented by v1 and by v2."""\n\n'
            + "\n".join(body)
        )

    def v1(self) -> str:
        """The adapter to today's code."""
        types = TypeNames()
        body: list[str] = []
        for operation in self._operations:
            module, _, name = operation.function.partition(":")
            body.append(
                f"    {define(operation, types)}\n"
                f"        from {module} import {name} as _today\n\n"
                f"        return {awaiting(operation)}_today({given(operation)})\n"
            )
        return (
            f'"""v1: the monolith\'s own code of {self._boundary.service}, called in this process as before."""\n\n'
            + head(types)
            + f'class {self._class}V1:\n    """Calls the functions that the call sites called before."""\n\n'
            + ("\n".join(body) or "    pass\n")
        )

    def switch(self) -> str:
        """What the call sites use."""
        types = TypeNames()
        body: list[str] = []
        for operation in self._operations:
            call = f"{operation.name}({given(operation)})"
            if isinstance(operation.answer, Remote | Asked):
                answer = f"        return {awaiting(operation)}self._chosen(reads={operation.reads}).{call}\n"
            else:
                answer = (
                    f"        # v1 only: {' '.join(operation.answer.reason.split())}\n"
                    f"        return {awaiting(operation)}self._v1.{call}\n"
                )
            body.append(f"    {define(operation, types)}\n{answer}")
        remote = any(isinstance(operation.answer, Remote | Asked) for operation in self._operations)
        return (
            f'"""The switch between v1 and v2 of {self._boundary.service}, as {self._boundary.port}.side is set."""\n\n'
            + head(
                types,
                runtime=["from functools import cached_property"],
                own=[f"from {self._boundary.port}.side import Side, chosen_side"] if remote else [],
                typing_only=[f"from {self._boundary.port}.v1 import {self._class}V1"]
                + ([f"from {self._boundary.port}.v2 import {self._class}V2"] if remote else []),
            )
            + f'class {self._class}Switch:\n    """Calls the side that has to answer; imports it first."""\n\n'
            + "".join(f"{text}\n" for text in body)
            + (self._choosing() if remote else "")
            + self._lazy("v1", f"{self._class}V1()")
            + (f"\n{self._lazy('v2', f'{self._class}V2.from_environment()')}" if remote else "")
            + f"\n\n{self._name}_port = {self._class}Switch()\n"
        )

    def _choosing(self) -> str:
        remote = f"{self._class}V1 | {self._class}V2"
        return (
            f"    def _chosen(self, *, reads: bool) -> {remote}:\n"
            "        return self._v2 if chosen_side(reads=reads) is Side.V2 else self._v1\n\n"
        )

    def _lazy(self, side: str, made: str) -> str:
        name = f"{self._class}{side.upper()}"
        return (
            "    @cached_property\n"
            f"    def _{side}(self) -> {name}:\n"
            f"        from {self._boundary.port}.{side} import {name}\n\n"
            f"        return {made}\n"
        )

    def v2(self) -> str:
        """The adapter to the service."""
        setting = f"{self._name.upper()}_URL"
        return v2_source(self._boundary.service, self._boundary.port, self._class, setting, self._operations)
