"""The parts of an application (applications, blueprints, routers), and the registrations on each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from strangler.model.location import Location
from strangler_analyzers.frameworks.wiring.activation import Activation
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, InstanceValue, Site, Value, Values
from strangler_analyzers.source import syntax as s


@dataclass(frozen=True, slots=True)
class Registration:
    """`target` answers `path` of `owner`; `methods` is None if the target decides."""

    owner: Value
    path: str
    methods: tuple[str, ...] | None
    target: Scope
    site: Site
    name: str = ""
    functions: tuple[Scope, ...] = ()
    """The functions that run for it, if the target is a class whose library decides them."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """`child` becomes part of `parent` below `prefix`; None if the call gives no prefix."""

    parent: Value
    child: Value
    prefix: str | None
    site: Site
    mounted: bool = False
    """The child is an application of its own: the parent's middleware surrounds it, its dependencies do not run."""


@dataclass(frozen=True, slots=True)
class Hook:
    """`function` runs for the requests of `owner`, at a `moment` in the framework's terms."""

    owner: Value
    moment: str
    function: Scope
    location: Location


@dataclass(slots=True)
class Wiring:
    """Everything that was registered, in the order it was found."""

    parts: dict[Value, None] = field(default_factory=dict[Value, None])
    registrations: list[Registration] = field(default_factory=list[Registration])
    inclusions: list[Inclusion] = field(default_factory=list[Inclusion])
    hooks: list[Hook] = field(default_factory=list[Hook])
    unresolved_inclusion: bool = False
    """Whether a part is included that the code does not name: by a loop over a folder's modules, or as a plugin."""


class Parts:
    """Identifies the parts of a wiring."""

    def __init__(self, evaluator: Evaluator, wiring: Wiring) -> None:
        self._evaluator = evaluator
        self._known = tuple(wiring.parts)
        self._by_call: dict[s.Call, list[Value]] = {}
        for part in self._known:
            if isinstance(part, External) and part.site is not None:
                self._by_call.setdefault(part.site.call, []).append(part)

    def meant(self, value: Value) -> list[Value]:
        """The known parts that a value stands for: itself, all that are made there, or all of its class."""
        match value:
            case External(site=site) if site is not None:
                if isinstance(site.frame, Activation):
                    return [value]
                return self._by_call.get(site.call) or [value]
            case InstanceValue(scope=scope):
                return [part for part in self._known if self._is_of(part, scope)] or [value]
            case _:
                return [value]

    def _is_of(self, part: Value, scope: Scope) -> bool:
        if isinstance(part, External) and part.site is not None:
            own = self._evaluator.classes.get(part.site)
            return own is not None and scope in self._evaluator.resolver.order(own)
        return False


class Wired:
    """The registrations, by the part they were made on."""

    def __init__(self, evaluator: Evaluator, wiring: Wiring) -> None:
        self.parts = Parts(evaluator, wiring)
        self.registrations: dict[Value, list[Registration]] = {}
        self.inclusions: dict[Value, list[Inclusion]] = {}
        self.hooks: dict[Value, list[Hook]] = {}
        self.included: set[Value] = set()
        for registration in wiring.registrations:
            for part in self.parts.meant(registration.owner):
                self.registrations.setdefault(part, []).append(registration)
        for inclusion in wiring.inclusions:
            children = self.parts.meant(inclusion.child)
            self.included.update(children)
            for part in self.parts.meant(inclusion.parent):
                self.inclusions.setdefault(part, []).extend(replace(inclusion, child=child) for child in children)
        for hook in wiring.hooks:
            for part in self.parts.meant(hook.owner):
                self.hooks.setdefault(part, []).append(hook)

    @staticmethod
    def importable(part: Value) -> bool:
        """Whether a part is made on import of its module, so that code which discovers modules finds it."""
        return isinstance(part, External) and part.site is not None and not part.site.frame.scope.is_function


def parts_among(evaluator: Evaluator, values: Values) -> Iterator[Value]:
    """The values that are parts of an application."""
    for value in values:
        match value:
            case External(path=path) if path.endswith("()") and evaluator.makes_part(path[:-2]):
                yield value
            case External(path=path, site=site) if path.endswith("().router") and evaluator.makes_part(path[:-9]):
                yield External(path[:-7], site)
            case InstanceValue(scope=scope) if evaluator.part_class(scope) is not None:
                yield value
            case _:
                pass


def receivers(evaluator: Evaluator, function: s.Expression, frame: Frame) -> Iterator[tuple[Value, str]]:
    """The parts whose method a function expression names, with the method's name."""
    if isinstance(function, s.Attribute):
        for part in parts_among(evaluator, evaluator.evaluate(function.value, frame)):
            yield part, function.name
    elif isinstance(function, s.Name):
        for value in evaluator.evaluate(function, frame):
            if isinstance(value, External):
                owner, _, name = value.path.rpartition(".")
                for part in parts_among(evaluator, (External(owner, value.site),)):
                    yield part, name


def part_path(evaluator: Evaluator, part: Value) -> str:
    """The library class of a part."""
    match part:
        case External(path=path):
            return path[:-2]
        case InstanceValue(scope=scope):
            return evaluator.part_class(scope) or ""
        case _:
            return ""


def unique(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    """Each scope once, in order."""
    return tuple(dict.fromkeys(scopes))


def own_function(evaluator: Evaluator, owner: Scope, name: str) -> Scope | None:
    """The program's function that ``owner.name`` calls, searched in method resolution order."""
    for ancestor in evaluator.resolver.order(owner):
        if not isinstance(ancestor, str) and name in ancestor.bindings:
            found = [child for child in ancestor.children if child.is_function and child.short_name == name]
            return found[-1] if found else None
    return None
