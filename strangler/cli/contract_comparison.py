"""Compares the answers of two running services, by the rules of the gateway's shadow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strangler.contracts.document import Operation
from strangler.contracts.verification.answer import Answer, NoAnswer, Request, Send
from strangler.contracts.verification.finding import ContractRule
from strangler.contracts.verification.judgement import Breach, is_json
from strangler.project import Project
from strangler_gateway.shadow.answer import Answer as ComparedAnswer
from strangler_gateway.shadow.comparer import BODY, Difference, Rules, differences
from strangler_gateway.shadow.masks import Masks

_ENCODING = "content-encoding"
"""It gives the encoding of the body, which is decoded here."""
_OF_SERVERS = "header vary,"
"""A header that a server adds to all answers or to none; a difference is reported once."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Repeats requests to `first` at `second`. Differences of `first` from itself are noise and are not reported."""

    first: Send
    second: Send
    rules: Rules

    def __call__(self, operation: Operation, request: Request, answer: Answer) -> Iterator[Breach]:
        """The differences of the second answer: `expected` is what the first says, `came` what the second says."""
        other = self.second(request)
        if isinstance(other, NoAnswer):
            yield _breach(operation, "answer", str(answer.status), other.what)
            return
        found = differences(_compared(answer), _compared(other), self.rules)
        noise = frozenset(item.place for item in (self._noise(answer, request) if found else ()))
        are_pages = _is_error_page(answer) and _is_error_page(other)
        for item in found:
            if item.place not in noise and not (are_pages and item.place.path.startswith(BODY)):
                yield _breach(operation, f"{item.place.path.strip()}, {item.place.kind}", item.v1, item.v2)

    def _noise(self, answer: Answer, request: Request) -> Sequence[Difference]:
        again = self.first(request)
        return () if isinstance(again, NoAnswer) else differences(_compared(answer), _compared(again), self.rules)


def comparison(project: Project, first: Send, second: Send) -> Comparison:
    """Create a comparison with the exclusions and masks of a project's ``[gateway.shadow]``."""
    terms = project.gateway.shadow
    masks = Masks(names=frozenset(name.lower() for name in terms.mask))
    return Comparison(first, second, Rules(ignored=terms.ignore, masks=masks))


def _breach(operation: Operation, subject: str, first: str, second: str) -> Breach:
    return Breach(
        ContractRule.DIFFERENCE, subject, operation.place, first, second, everywhere=subject.startswith(_OF_SERVERS)
    )


def _is_error_page(answer: Answer) -> bool:
    """Whether the body is an error page for people: its media type is none that a document has."""
    return answer.status >= 400 and not is_json(answer.headers.get("content-type", ""))


def _compared(answer: Answer) -> ComparedAnswer:
    fields = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items() if name != _ENCODING
    ]
    return ComparedAnswer(answer.status, fields, answer.body, answer.is_cut)
