"""Calls everything that a document declares on a running service, and checks the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from strangler.contracts.document import HEALTH_PATH, Document, Method, Operation, ParameterPlace, Resource
from strangler.contracts.library import Library
from strangler.contracts.verification.answer import Answer, NoAnswer, Outcome, Request, Send, Silence
from strangler.contracts.verification.case import Case, Cases
from strangler.contracts.verification.fence import FENCED, fenced, is_fenced
from strangler.contracts.verification.finding import ContractRule, Finding
from strangler.contracts.verification.judgement import Breach, Unreadable, content_of, excerpt, judge, response_of
from strangler.contracts.verification.known_values import KnownValues
from strangler.contracts.verification.report import OperationReport, Report
from strangler.contracts.verification.sample import Samples
from strangler.contracts.verification.scalar_sample import Expectation
from strangler.model.errors import UnavailableError

_REFUSED = frozenset({400, 422})
"""Statuses that blame the request itself (RFC 9110, sections 15.5.1 and 15.5.21)."""
_NOT_ALLOWED = frozenset({401, 403})
_CUT = "time was up before everything was asked: --seconds gives more"
_SILENT = 3
"""The number of refused connections in a row after which the service counts as down."""


Compare: TypeAlias = Callable[[Operation, Request, Answer], Iterable[Breach]]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a service is called.

    `writes` also sends requests that are not safe; one that changes or removes without identifying a row is only sent
    if it is `named` (``DELETE /reviews``). `sent_headers` are the names of headers that `send` adds to every request.
    `draws` is the number of requests per operation that vary several things at once. `is_over` says whether time is up.
    """

    writes: bool
    named: frozenset[str]
    sent_headers: tuple[str, ...]
    draws: int
    is_over: Callable[[], bool]
    line: Callable[[Request], str]
    """The request as a shell command."""


@dataclass
class _Asked:
    """What has been seen of one operation."""

    statuses: Counter[str] = field(default_factory=Counter[str])
    is_proven: bool = False
    unproven: str = ""


@dataclass
class Verification:
    """One run. `ask` raises UnavailableError if the service cannot be reached at all."""

    document: Document
    library: Library
    samples: Samples
    known: KnownValues
    send: Send
    terms: Terms
    compare: Compare | None = None
    """Sends reading requests to another service as well, and reports how its answers differ."""
    _asked: dict[str, _Asked] = field(default_factory=dict[str, _Asked])
    _findings: dict[tuple[ContractRule, str, str], Finding] = field(
        default_factory=dict[tuple[ContractRule, str, str], Finding]
    )
    _silent: int = 0
    _is_fenced: bool = False
    _has_answered: bool = False

    def ask(self, wanted: Callable[[Operation], bool]) -> Report:
        """Call the wanted operations: the health check first, then reads, then writes."""
        waiting = sorted(
            ((item, resource) for resource in self.document.resources for item in resource.operations if wanted(item)),
            key=lambda pair: _rank(pair[0]),
        )
        asked, chosen = tuple(waiting), [item for item, _ in waiting]
        while waiting:
            ready = next(((pair, path) for pair in waiting if (path := self._path(*pair)) is not None), None)
            if ready is None:
                break
            (operation, resource), path = ready
            waiting.remove((operation, resource))
            self._ask(operation, resource, path)
        for operation, _ in waiting:
            self._of(operation).unproven = self._lacking(operation)
        for operation, resource in asked:
            self._clean(operation, resource)
        order = {item.name: index for index, item in enumerate(self.document.operations)}
        operations = [self._report(item) for item in sorted(chosen, key=lambda item: order[item.name])]
        return Report(tuple(operations), tuple(self._findings.values()))

    def _report(self, operation: Operation) -> OperationReport:
        seen = self._of(operation)
        unproven = "" if seen.is_proven else seen.unproven or _CUT
        return OperationReport(operation.name, operation.place, seen.statuses.total(), dict(seen.statuses), unproven)

    def _of(self, operation: Operation) -> _Asked:
        return self._asked.setdefault(operation.name, _Asked())

    def _path(self, operation: Operation, resource: Resource) -> dict[str, str] | None:
        """A value for each path parameter; None if one is unknown."""
        found: dict[str, str] = {}
        for item in operation.parameters:
            if item.within is not ParameterPlace.PATH:
                continue
            look = self.known.to_read if operation.method.is_safe else self.known.to_write
            value = look(resource.type.short, item.field)
            if value is None:
                return None
            found[item.field.name] = value
        return found

    def _lacking(self, operation: Operation) -> str:
        if reason := self._not_sent(operation):
            return reason
        if self._is_fenced and not operation.method.is_safe:
            return FENCED
        names = [item.field.name for item in operation.parameters if item.within is ParameterPlace.PATH]
        values = " ".join(f"--parameter {name}=VALUE" for name in names)
        known = "no row is known" if operation.method.is_safe else "this run created no row that it could change"
        return f"{known}: {values}"

    def _not_sent(self, operation: Operation) -> str:
        """Why an operation is not called; empty if it is."""
        if operation.method.is_safe:
            return ""
        if not self.terms.writes:
            return "it writes: only --write sends it"
        is_wide = operation.method is not Method.POST and "{" not in operation.path
        if is_wide and operation.name not in self.terms.named:
            return f"it may change every row: only --only '{operation.name}' sends it"
        return ""

    def _ask(self, operation: Operation, resource: Resource, path: dict[str, str]) -> None:
        seen = self._of(operation)
        if reason := self._not_sent(operation):
            seen.unproven = reason
            return
        cases = self._cases(operation, path)
        ordinary: Case | None = None
        for case in cases:
            if self.terms.is_over() or self._silent >= _SILENT:
                seen.is_proven = False
                seen.unproven = "nobody answers any more" if self._silent else _CUT
                return
            outcome = self._sent(operation, case)
            if isinstance(outcome, Answer) and is_fenced(operation, outcome):
                seen.is_proven, seen.unproven = False, FENCED
                return
            if case.is_ordinary:
                ordinary = case
                self._see_ordinary(operation, case, outcome)
                if operation.path == HEALTH_PATH or _status(outcome) in _NOT_ALLOWED:
                    return
            elif case.expectation is Expectation.SERVED and _status(outcome) in _REFUSED and ordinary is not None:
                self._blame(operation, case, ordinary, outcome)
            if operation.method is Method.DELETE and _is_success(outcome):
                for name, value in path.items():
                    self.known.gone(resource.type.short, name, value)

    def _cases(self, operation: Operation, path: dict[str, str]) -> Cases:
        """The cases of an operation, without the headers that are sent with every request."""
        known = {name.lower() for name in self.terms.sent_headers}
        headers = tuple(item for item in self.document.headers if item.name.lower() not in known)
        own = tuple(
            item for item in operation.parameters if item.key not in known or item.within is not ParameterPlace.HEADER
        )
        return Cases(replace(operation, parameters=own), path, headers, self.samples, self.terms.draws)

    def _clean(self, operation: Operation, resource: Resource) -> None:
        """Remove what the run has created, with an operation proven to do so; its answers are not evidence."""
        parameters = [item for item in operation.parameters if item.within is ParameterPlace.PATH]
        if operation.method is not Method.DELETE or len(parameters) != 1 or not self._of(operation).is_proven:
            return
        (parameter,) = parameters
        for value in self.known.left(resource.type.short, parameter.field):
            if self.terms.is_over() or self._silent >= _SILENT:
                return
            case = next(iter(self._cases(operation, {parameter.field.name: value})))
            if _is_success(self.send(case.request)):
                self.known.gone(resource.type.short, parameter.field.name, value)

    def _see_ordinary(self, operation: Operation, case: Case, outcome: Outcome) -> None:
        seen = self._of(operation)
        seen.is_proven = _is_success(outcome) and response_of(operation, _status(outcome)) is not None
        if seen.is_proven:
            return
        hint = "; --header 'Authorization: ...' says who asks" if _status(outcome) == 401 else ""
        seen.unproven = outcome.what if isinstance(outcome, NoAnswer) else f"answered {outcome.status}{hint}"
        if operation.path == HEALTH_PATH and isinstance(outcome, Answer):
            came = f"{outcome.status}: {excerpt(outcome)}"
            self._add(
                operation, case, Breach(ContractRule.HEALTH, "health", operation.place, "a healthy service", came)
            )

    def _blame(self, operation: Operation, case: Case, ordinary: Case, outcome: Outcome) -> None:
        """Report a refused valid request; its special part is to blame if the ordinary request is served now."""
        if self._of(operation).is_proven and _is_success(self._sent(operation, ordinary)):
            assert isinstance(outcome, Answer)
            came = f"{outcome.status}: {excerpt(outcome)}"
            expected = f"to be served: {case.what}"
            self._add(operation, case, Breach(ContractRule.REFUSED_VALID, case.what, operation.place, expected, came))

    def _sent(self, operation: Operation, case: Case) -> Outcome:
        outcome = self.send(case.request)
        if isinstance(outcome, NoAnswer) and outcome.reason is Silence.UNREACHABLE:
            if not self._has_answered:
                raise UnavailableError(f"nobody answers: {outcome.what}", remedy="start the service, or correct --url")
            self._silent += 1
        else:
            self._silent, self._has_answered = 0, True
        self._of(operation).statuses[str(_status(outcome) or "none")] += 1
        if isinstance(outcome, Answer) and is_fenced(operation, outcome):
            self._is_fenced = True
            self._add(operation, case, fenced(operation, outcome))
            return outcome
        for breach in judge(operation, case, outcome, self.library):
            # A health check that does not answer 200 is reported as such.
            if operation.path != HEALTH_PATH or breach.rule is not ContractRule.STATUS:
                self._add(operation, case, breach)
        is_compared = operation.method.is_safe and operation.path != HEALTH_PATH
        if self.compare is not None and isinstance(outcome, Answer) and is_compared:
            for breach in self.compare(operation, case.request, outcome):
                self._add(operation, case, breach)
        self._learn(operation, outcome)
        return outcome

    def _learn(self, operation: Operation, outcome: Outcome) -> None:
        if not isinstance(outcome, Answer) or not _is_success(outcome) or not outcome.body or outcome.is_cut:
            return
        response, content = response_of(operation, outcome.status), content_of(outcome)
        if response is None or isinstance(content, Unreadable):
            return
        self.known.learn(content, response.type)
        if operation.method is Method.POST and outcome.status == 201:
            self.known.created(content, response.type)

    def _add(self, operation: Operation, case: Case, breach: Breach) -> None:
        key = breach.rule, "" if breach.everywhere else operation.name, breach.subject
        found = self._findings.get(key) or replace(self._finding(operation, case, breach), count=0)
        self._findings[key] = replace(found, count=found.count + 1)

    def _finding(self, operation: Operation, case: Case, breach: Breach) -> Finding:
        return Finding(
            rule=breach.rule,
            operation=operation.name,
            subject=breach.subject,
            place=breach.place,
            expected=breach.expected,
            came=breach.came,
            case=case.what,
            request=self.terms.line(case.request),
        )


def _rank(operation: Operation) -> tuple[int, int]:
    """The order of calls: health, reads, creating, changing, and removing last, where parts go before their whole."""
    depth = operation.path.count("/")
    if operation.path == HEALTH_PATH:
        return 0, 0
    if operation.method.is_safe:
        return 1 if "{" not in operation.path else 3, depth
    match operation.method:
        case Method.POST:
            return 2 if "{" not in operation.path else 4, depth
        case Method.DELETE:
            return 6, -depth
        case _:
            return 5, depth


def _status(outcome: Outcome) -> int:
    return outcome.status if isinstance(outcome, Answer) else 0


def _is_success(outcome: Outcome) -> bool:
    return 200 <= _status(outcome) < 300
