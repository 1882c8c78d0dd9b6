"""The world outside the monolith: services, files, processes, variables and third-party packages."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from strangler.model.system import ExternalKind
from strangler_analyzers.frameworks.framework import Framework
from strangler_analyzers.frameworks.outside.distributions import DISTRIBUTIONS
from strangler_analyzers.frameworks.outside.outlets import CLIENT_MAKERS, OUTLETS, QUIET, NamedBy, Outlet
from strangler_analyzers.linker.knowledge import EffectRule, Outside
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.strings import strings_of
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import External, Frame, Values
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes

_HOLE = "\N{REPLACEMENT CHARACTER}"
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*+=")
# Atomic groups, because possessive repetitions of groups do not match rightly before CPython 3.11.5.
_ASSIGNMENTS = re.compile(
    rf"^\s*+(?>(?:{_ASSIGNMENT.pattern}(?>(?:'[^']*+'|\"(?>(?:\\.|[^\"\\])*)\"|\\.|[^\s'\"\\])*)(?:\s++|$))*)",
    re.DOTALL,
)
_STANDARD = sys.stdlib_module_names | {"builtins", "typing_extensions", "__future__"}
_BOTO = re.compile(
    r"^(?:boto3|boto3\.Session\(\)|boto3\.session\.Session\(\)|aioboto3\.Session\(\))\.(client|resource)\(\)"
)


class OutsideRule(EffectRule):
    """Names what a library call reaches; a package that is only used counts once in a function."""

    calls_of = (External,)
    calls_named = ()

    def __init__(self) -> None:
        self._packages: set[tuple[Scope, str]] = set()

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Outside]:
        """The outside use of a call, one for each library function it may mean."""
        found: dict[Outside, None] = {}
        for callee in callees:
            if isinstance(callee, External) and (use := self._use(resolver, callee, call, frame)) is not None:
                found[use] = None
        return found

    def _use(self, resolver: Resolver, callee: External, call: s.Call, frame: Frame) -> Outside | None:
        path = self._service_path(resolver, callee)
        outlet = outlet_of(path)
        operation = path.rpartition(".")[2].removesuffix("()")
        if outlet is None:
            package = path.partition(".")[0]
            if package in _STANDARD or not package.isidentifier() or (frame.scope, package) in self._packages:
                return None
            self._packages.add((frame.scope, package))
            return Outside(ExternalKind.PACKAGE, DISTRIBUTIONS.get(package, package), operation)
        return Outside(outlet.kind, self._name(resolver, outlet, callee, call, frame), operation)

    @staticmethod
    def _service_path(resolver: Resolver, callee: External) -> str:
        """The path with the service of the client: ``boto3.client("s3").put_object`` keeps ``s3``."""
        match = _BOTO.match(callee.path)
        if match is None or callee.site is None:
            return callee.path
        service = Texts(resolver).one(callee.site.call.argument(0, "service_name"), callee.site.frame)
        return f"boto3.{match[1]}({service or '*'}){callee.path[match.end() :]}"

    # --- names

    def _name(self, resolver: Resolver, outlet: Outlet, callee: External, call: s.Call, frame: Frame) -> str:
        package = callee.path.partition(".")[0]
        library = "" if package in _STANDARD else DISTRIBUTIONS.get(package, package)
        match outlet.named_by:
            case NamedBy.LIBRARY:
                return library or package.removeprefix("builtins")
            case NamedBy.CONSTRUCTOR:
                site = callee.site
                argument = site.call.argument(0) if site is not None else None
                inner = site.frame if site is not None else frame
                return self._spelled(resolver, outlet.kind, argument, inner) or library
            case NamedBy.FIRST | NamedBy.SECOND:
                position = 0 if outlet.named_by is NamedBy.FIRST else 1
                return self._spelled(resolver, outlet.kind, call.argument(position, outlet.keyword), frame) or library

    def _spelled(self, resolver: Resolver, kind: ExternalKind, argument: s.Expression | None, frame: Frame) -> str:
        """The value of an argument as far as the function itself determines it: a host, path, variable or program."""
        if argument is None:
            return ""
        frame = frame.closed()
        if kind is ExternalKind.SUBPROCESS and isinstance(argument, s.Sequence) and argument.elements:
            argument = argument.elements[0]
        texts = Texts(resolver, hole=_HOLE, callers=False).all(argument, frame)
        text = texts[0] if texts else ""
        if kind is ExternalKind.HTTP:
            return host_of(text) or _setting(argument)
        if kind is ExternalKind.SUBPROCESS:
            return program_of(text) or _setting(argument)
        if _HOLE in text:
            return text.replace(_HOLE, "{}") if kind is ExternalKind.FILE and text.strip(_HOLE) else _setting(argument)
        return text or self._constant(resolver, argument, frame) or _setting(argument)

    @staticmethod
    def _constant(resolver: Resolver, argument: s.Expression, frame: Frame) -> str:
        texts = list(strings_of(resolver.evaluate(argument, frame)))
        return texts[0] if len(texts) == 1 else ""


class OutsideWorld(Framework):
    """Everything that is not the monolith."""

    name = ""

    def present(self, program: Program) -> bool:
        """Always."""
        return True

    def effects(self) -> Iterable[EffectRule]:
        """Uses of the outside."""
        return (OutsideRule(),)


@lru_cache(maxsize=16384)
def outlet_of(path: str) -> Outlet | None:
    """The most specific entry of the table for a path; None for paths that only make an object.

    The result of a cache lookup (``cache.get().upper``) is an ordinary value, not the cache.
    """
    above = path
    while above:
        if above in QUIET:
            return None
        above = above.rpartition(".")[0]
    candidate = whole = re.sub(r"(?<=\))\(\)|\[\]", "", path).removesuffix("()")
    while candidate:
        outlet = OUTLETS.get(candidate)
        if outlet is not None:
            rest = whole.removeprefix(candidate).strip(".")
            return outlet if outlet.kind is not ExternalKind.CACHE or _uses_cache(rest) else None
        candidate = candidate.rpartition(".")[0]
    return None


def _uses_cache(path: str) -> bool:
    """Whether a path below a cache library uses the cache: all parts but the last make a client, the last does not."""
    *steps, last = path.split(".")
    makers = [step.removesuffix("()") for step in steps if step.endswith("()")]
    return not _makes_client(last) and all(map(_makes_client, makers))


def _makes_client(name: str) -> bool:
    return name in CLIENT_MAKERS or name[:1].isupper()


def program_of(command: str) -> str:
    """The program of a command line, after variable assignments (``PGPASSWORD=... psql``)."""
    words = _ASSIGNMENTS.sub("", command).split()
    return "" if not words or _ASSIGNMENT.match(words[0]) else words[0].replace(_HOLE, "")


def host_of(url: str) -> str:
    """The host of a URL, with its port; empty if the URL leaves it open."""
    if "://" not in url:
        return ""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
    return "" if _HOLE in host else host


def _setting(expression: s.Expression) -> str:
    """The name of the setting or variable that an address is built from: the first upper-case name in it."""
    for node in nodes((expression,)):
        name = node.name if isinstance(node, s.Attribute) else node.id if isinstance(node, s.Name) else ""
        if isinstance(node, s.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            name = node.value
        if len(name) > 2 and name.isupper():
            return name
    return ""
