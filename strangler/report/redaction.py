"""Replaces every name of a system, so that its report can be shown to people outside the company.

Only words that everybody knows from Python, HTTP and the frameworks stay. The same word always gets the same
substitute, so the structure and every number are those of the true report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TypeVar

from strangler.model.system import SkippedFile, SystemFacts
from strangler.report.document.grouping import DeclaredService
from strangler.report.document.project_facts import ProjectFacts
from strangler_analyzers.ratchet.baseline import Judgement, Known
from strangler_analyzers.ratchet.findings import Finding

ROOT = "monolith"
REASON = "not analysed whole"
PUBLIC_WORDS = frozenset(
    [
        "ANY",
        "CONNECT",
        "DELETE",
        "GET",
        "HEAD",
        "OPTIONS",
        "PATCH",
        "POST",
        "PUT",
        "TRACE",
        "WEBSOCKET",
        "INSERT",
        "SELECT",
        "UPDATE",
        "MERGE",
        "TRUNCATE",
        "CASCADE",
        "PROTECT",
        "RESTRICT",
        "SET",
        "NULL",
        "DEFAULT",
        "DO",
        "NOTHING",
        "admin",
        "api",
        "app",
        "apps",
        "base",
        "commands",
        "conf",
        "contrib",
        "core",
        "fields",
        "forms",
        "init",
        "main",
        "managers",
        "management",
        "manager",
        "middleware",
        "migrations",
        "model",
        "models",
        "module",
        "tests",
        "test",
        "serializers",
        "services",
        "settings",
        "signals",
        "static",
        "tasks",
        "templates",
        "templatetags",
        "urls",
        "utils",
        "views",
        "viewsets",
        "wsgi",
        "asgi",
        "py",
        "locals",
        "lambda",
        "model",
        "str",
        "int",
        "django",
        "flask",
        "fastapi",
        "starlette",
        "sqlalchemy",
        "celery",
        "rest",
        "framework",
        "restful",
        "sql",
        "raw",
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "call",
        "enter",
        "exit",
        "init",
        "new",
        "add",
        "aggregate",
        "all",
        "annotate",
        "begin",
        "bulk",
        "commit",
        "count",
        "create",
        "distinct",
        "earliest",
        "exclude",
        "execute",
        "exists",
        "filter",
        "first",
        "flush",
        "get",
        "in",
        "iterate",
        "iterator",
        "last",
        "latest",
        "len",
        "merge",
        "none",
        "only",
        "order",
        "by",
        "or",
        "prefetch",
        "query",
        "related",
        "refresh",
        "remove",
        "rollback",
        "save",
        "scalar",
        "scalars",
        "select",
        "set",
        "update",
        "using",
        "values",
        "list",
        "clear",
        "for",
        "AutoField",
        "BigAutoField",
        "BigIntegerField",
        "BinaryField",
        "BooleanField",
        "CharField",
        "DateField",
        "DateTimeField",
        "DecimalField",
        "DurationField",
        "EmailField",
        "FileField",
        "FloatField",
        "ForeignKey",
        "GenericIPAddressField",
        "ImageField",
        "IntegerField",
        "JSONField",
        "ManyToManyField",
        "OneToOneField",
        "PositiveBigIntegerField",
        "PositiveIntegerField",
        "PositiveSmallIntegerField",
        "SlugField",
        "SmallAutoField",
        "SmallIntegerField",
        "TextField",
        "TimeField",
        "URLField",
        "UUIDField",
        "BigInteger",
        "Boolean",
        "Date",
        "DateTime",
        "Enum",
        "Float",
        "Integer",
        "Interval",
        "JSON",
        "LargeBinary",
        "Numeric",
        "SmallInteger",
        "String",
        "Text",
        "Time",
        "Unicode",
        "UUID",
        "id",
        "pk",
        "path",
    ]
)
_WORD = re.compile(r"[^\W_]+")

_ValueT = TypeVar("_ValueT")


class Substitutes:
    """The substitute of each word, remembered once chosen."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}

    def of(self, name: str) -> str:
        """A name in which each word is replaced unless it is public or a number; punctuation stays."""
        return _WORD.sub(lambda found: self._word(found[0]), name)

    def _word(self, word: str) -> str:
        if word in PUBLIC_WORDS or (word.isascii() and word.isdigit()):
            return word
        return self._words.setdefault(word, f"n{len(self._words) + 1}")


def redacted(facts: SystemFacts, substitutes: Substitutes) -> SystemFacts:
    """The facts with every name replaced, without what logs and recordings say."""
    skipped = tuple(SkippedFile(substitutes.of(item.file), REASON) for item in facts.skipped)
    bare = replace(facts, ambiguous=(), skipped=(), access_traffic=None, statement_traffic=None, observed=None)
    return replace(_replaced(bare, substitutes), root=ROOT, skipped=skipped)


def redacted_services(services: Sequence[DeclaredService], substitutes: Substitutes) -> list[DeclaredService]:
    """Declared services with names, modules and tables replaced by the same substitutes as in the facts."""
    return [_replaced(service, substitutes) for service in services]


def redacted_project(project: ProjectFacts, substitutes: Substitutes) -> ProjectFacts:
    """Violations and parts with their names replaced and their sentences dropped; nothing of the migration."""
    order = None if project.order is None else tuple(_replaced(part, substitutes) for part in project.order)
    found = project.judgement
    if found is None:
        return ProjectFacts(order=order)

    def finding(item: Finding) -> Finding:
        return _replaced(replace(item, message="", remedy=""), substitutes)

    def known(item: Known) -> Known:
        return Known(finding(item.finding), replace(item.exemption, subject="", reason=""))

    return ProjectFacts(
        order=order,
        judgement=Judgement(
            tuple(map(finding, found.new)), tuple(map(known, found.expired)), tuple(map(known, found.known)), ()
        ),
    )


def _replaced(value: _ValueT, substitutes: Substitutes) -> _ValueT:
    """A value of the same type with every text replaced."""
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {item.name: _field(getattr(value, item.name), substitutes) for item in fields(value)}
    return replace(value, **changes)


def _field(value: object, substitutes: Substitutes) -> object:
    if isinstance(value, str) and not isinstance(value, Enum):
        return substitutes.of(value)
    if isinstance(value, tuple):
        return tuple(_field(item, substitutes) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return _replaced(value, substitutes)
