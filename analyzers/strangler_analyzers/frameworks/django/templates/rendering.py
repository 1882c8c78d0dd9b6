"""The effects of rendering a template: rows loaded by its lookups, and functions of the program that it calls.

A lookup asks for a key, then an attribute, then an index, and what can be called is called (`django.template.base`,
``Variable._resolve_lookup``). Both arms of an ``{% if %}`` count, as those of an ``if`` in code do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from strangler.model.location import Location
from strangler.model.system import CallKind, Confidence
from strangler_analyzers.frameworks.django.templates.contexts import Context, Contexts, joined
from strangler_analyzers.frameworks.django.templates.loading import TemplateLoader
from strangler_analyzers.frameworks.django.templates.nodes import (
    Block,
    Body,
    Condition,
    Document,
    Extends,
    For,
    Include,
    Lookup,
    Node,
    Output,
    Tag,
    With,
)
from strangler_analyzers.frameworks.django.templates.tag_libraries import Registration, TagLibraries
from strangler_analyzers.frameworks.django.templates.value_effects import ValueEffects
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.knowledge import Access, Effect, EffectRule, FirstUses, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    ConstantValue,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Rows,
    RowsMethod,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s

MAX_DEPTH = 24
"""The deepest nesting of included templates."""
MAX_CONTEXTS = 16
"""The most contexts kept apart for a template on one page; beyond that, it is rendered with their union."""
_PASSING = frozenset({"default", "default_if_none", "slice", "safe", "dictsort", "dictsortreversed", "force_escape"})
"""Filters that return their input, or a part of it that iterates alike."""
_PICKING = frozenset({"first", "last", "random"})
_CALLABLE = frozenset({MethodValue, FunctionValue, RowsMethod, ClassValue})
_COUNTING = frozenset({"length", "length_is", "join", "unordered_list", "pluralize", "yesno"}) | _PICKING


@dataclass(frozen=True, slots=True)
class Happening:
    """An effect of rendering, with its place in a template."""

    effect: Access | Runs | FirstUses
    location: Location


class Renderer:
    """Evaluates templates with the values of their contexts."""

    def __init__(
        self,
        resolver: Resolver,
        loader: TemplateLoader,
        libraries: TagLibraries,
        contexts: Contexts,
        rules: Sequence[EffectRule],
    ) -> None:
        self.resolver = resolver
        self.loader = loader
        self.libraries = libraries
        self.contexts = contexts
        self.rules = rules
        self.done = ValueEffects(resolver, rules)
        self._blocks: dict[str, Sequence[Block]] = {}

    def rendered(self, name: str, context: Context, scope: Scope) -> tuple[Happening, ...]:
        """The effects of rendering a template for code in `scope`, each once, in order."""
        document = self.loader.find(name)
        if document is None:
            return ()
        rendering = _Rendering(self, scope)
        rendering.document(document, context, 0)
        return tuple(Happening(effect, Location(file, line)) for effect, file, line in rendering.found)

    def blocks(self, document: Document) -> Sequence[Block]:
        """Every block of a template."""
        known = self._blocks.get(document.file)
        if known is None:
            known = self._blocks[document.file] = tuple(_blocks(document.body))
        return known


@dataclass(frozen=True, slots=True)
class _Place:
    """The position of a rendering: the template, the owner of the blocks, and the depth."""

    document: Document
    blocks: Mapping[str, Sequence[tuple[Document, Block]]]
    depth: int
    behind: Sequence[tuple[Document, Block]] = field(default=())
    """The rendering of ``{{ block.super }}``."""


class _Rendering:
    """The rendering of one template with all it extends and includes."""

    def __init__(self, renderer: Renderer, scope: Scope) -> None:
        self.found: dict[tuple[Access | Runs | FirstUses, str, int], None] = {}
        """What happens, with the file and the line of the template."""
        self._shown_in: dict[str, set[frozenset[tuple[str, Values]]]] = {}
        self._any_context: dict[str, Context] = {}
        self._renderer = renderer
        self._resolver = renderer.resolver
        self._frame = renderer.resolver.frame(scope)

    def document(self, document: Document, context: Context, depth: int) -> None:
        """The template's own body, or that of the extended template with its blocks filled in."""
        context = self._widened(document, context)
        known, shown = self._shown_in.setdefault(document.file, set()), frozenset(context.items())
        if shown in known:
            return
        known.add(shown)
        chain = [document]
        while (parent := self._parent(chain[-1], context)) is not None and parent not in chain:
            chain.append(parent)
        blocks: dict[str, list[tuple[Document, Block]]] = {}
        for item in chain:
            for block in self._renderer.blocks(item):
                blocks.setdefault(block.name, []).append((item, block))
        self._body(chain[-1].body, dict(context), _Place(chain[-1], blocks, depth))

    def _widened(self, document: Document, context: Context) -> Context:
        """The context to show a template in: past `MAX_CONTEXTS` the one that holds what all of them do.

        A menu that includes itself for each of its entries is otherwise shown once for every way through the menu.
        """
        file = document.file
        if len(self._shown_in.get(file, ())) < MAX_CONTEXTS:
            return context
        self._any_context[file] = joined((self._any_context.get(file, {}), context))
        return self._any_context[file]

    def _parent(self, document: Document, context: Context) -> Document | None:
        for node in document.body:
            if isinstance(node, Extends):
                return self._named(node.template, context)
        return None

    def _named(self, template: Lookup, context: Context) -> Document | None:
        """The template that a tag names by a string or a context value."""
        names = [template.text] if template.text is not None else []
        if template.path and not template.filters:
            values = context.get(template.path[0], ())
            for name in template.path[1:]:
                values = union(self._resolver.attribute(value, name) for value in values)
            names = [
                value.value for value in values if isinstance(value, ConstantValue) and isinstance(value.value, str)
            ]
        return next((found for name in names if (found := self._renderer.loader.find(name)) is not None), None)

    # --- nodes

    def _body(self, body: Body, context: dict[str, Values], place: _Place) -> None:
        for node in body:
            self._node(node, context, place)

    def _node(self, node: Node, context: dict[str, Values], place: _Place) -> None:
        match node:
            case Output(value=Lookup(path=("block", "super"))):
                self._block(place.behind, context, place)
            case Output(value=value, line=line):
                self._shown(self._value(value, context, place, line), place, line)
            case Condition(values=values, line=line):
                for value in values:
                    self._iterated(_queries(self._value(value, context, place, line)), place, line)
            case For():
                self._for(node, context, place)
            case With(bindings=bindings, body=body, line=line):
                self._body(body, {**context, **self._bound(bindings, context, place, line)}, place)
            case Block(name=name):
                self._block(place.blocks.get(name, ((place.document, node),)), context, place)
            case Include():
                self._include(node, context, place)
            case Extends():
                pass
            case Tag():
                self._tag(node, context, place)

    def _block(self, versions: Sequence[tuple[Document, Block]], context: dict[str, Values], place: _Place) -> None:
        if versions and place.depth < MAX_DEPTH:
            document, block = versions[0]
            inner = _Place(document, place.blocks, place.depth + 1, versions[1:])
            self._body(block.body, dict(context), inner)

    def _for(self, node: For, context: dict[str, Values], place: _Place) -> None:
        values = self._value(node.iterable, context, place, node.line)
        elements = self._iterated(values, place, node.line)
        if len(node.names) == 1:
            bound = {node.names[0]: elements}
        else:
            bound = {
                name: union(self._resolver.item(element, at) for element in elements)
                for at, name in enumerate(node.names)
            }
        self._body(node.body, {**context, **bound}, place)

    def _bound(
        self, bindings: Iterable[tuple[str, Lookup]], context: dict[str, Values], place: _Place, line: int
    ) -> dict[str, Values]:
        return {name: self._value(value, context, place, line) for name, value in bindings}

    def _include(self, node: Include, context: dict[str, Values], place: _Place) -> None:
        bound = self._bound(node.bindings, context, place, node.line)
        document = self._named(node.template, context)
        if document is not None and place.depth < MAX_DEPTH:
            kept = {} if node.only else context
            self.document(document, {**kept, **bound}, place.depth + 1)

    def _tag(self, node: Tag, context: dict[str, Values], place: _Place) -> None:
        for argument in node.arguments:
            values = self._value(argument, context, place, node.line)
            if node.name == "regroup":
                context[node.target] = values
                return
        registration = self._renderer.libraries.tag(node.name, place.document.libraries)
        found: Values = ()
        if registration is not None:
            found = self._registered(registration, context, place, node.line)
        if node.target:
            context[node.target] = found

    def _registered(self, registration: Registration, context: dict[str, Values], place: _Place, line: int) -> Values:
        """A tag of the program: the function itself, the node it makes, or the template it renders."""
        function = registration.function
        if registration.kind == "tag":
            return self._compiled(function, place, line)
        self._happens(Runs(function, CallKind.FRAMEWORK), place, line)
        frame = self._resolver.frame(function)
        if registration.template is not None:
            for value in self._resolver.evaluate(registration.template, self._resolver.frame(function.module.scope)):
                if isinstance(value, ConstantValue) and isinstance(value.value, str) and place.depth < MAX_DEPTH:
                    document = self._renderer.loader.find(value.value)
                    if document is not None:
                        inner = {**context, **self._renderer.contexts.returned(function)}
                        self.document(document, inner, place.depth + 1)
            return ()
        return self._resolver.returned(frame)

    def _compiled(self, function: Scope, place: _Place, line: int) -> Values:
        """``register.tag``: a function (or class) makes a node of the tag, whose `render` runs."""
        made: Values = (InstanceValue(function),)
        if function.is_function:
            self._happens(Runs(function, CallKind.FRAMEWORK), place, line)
            made = self._resolver.returned(self._resolver.frame(function))
        for value in made:
            if isinstance(value, InstanceValue) and (render := own_method(self._resolver, value.scope, "render")):
                self._happens(Runs(render, CallKind.FRAMEWORK, receiver=value.scope), place, line)
        return ()

    # --- values

    def _value(self, lookup: Lookup, context: dict[str, Values], place: _Place, line: int) -> Values:
        values: Values = () if lookup.text is None else (ConstantValue(lookup.text),)
        if lookup.path:
            values = context.get(lookup.path[0], ())
            for name in lookup.path[1:]:
                if not values:
                    break
                values = self._step(self._called(values, place, line), name, place, line)
            values = self._called(values, place, line)
        for name, argument in lookup.filters:
            if argument is not None:
                self._value(argument, context, place, line)
            values = self._filtered(values, name, place, line)
        return values

    def _filtered(self, values: Values, name: str, place: _Place, line: int) -> Values:
        if name in _COUNTING:
            elements = self._iterated(_queries(values), place, line)
            return elements if name in _PICKING else ()
        registration = self._renderer.libraries.filter(name, place.document.libraries)
        if registration is not None and registration.function.is_function:
            self._happens(Runs(registration.function, CallKind.FRAMEWORK), place, line)
            return self._resolver.returned(self._resolver.frame(registration.function))
        return values if name in _PASSING else ()

    def _step(self, values: Values, name: str, place: _Place, line: int) -> Values:
        """``values.name``."""
        if name.isdigit():
            items = (self._resolver.item(value, int(name)) for value in values if not isinstance(value, Rows))
            return union((*items, self._iterated(_queries(values), place, line)))
        found, effects = self._renderer.done.by_step(values, name, self._frame)
        self._effects(effects, place, line)
        return found

    def _called(self, values: Values, place: _Place, line: int) -> Values:
        """The values, with callables replaced by the results of calling them without arguments."""
        if _CALLABLE.isdisjoint(map(type, values)):
            return values
        found: list[Values] = []
        for value in values:
            match value:
                case MethodValue(scope=scope, receiver=receiver) | FunctionValue(scope=scope, receiver=receiver):
                    self._happens(Runs(scope, CallKind.FRAMEWORK, receiver=receiver), place, line)
                    found.append(self._resolver.call(value, _call(scope.short_name, line), self._frame))
                case RowsMethod(name=name):
                    found.append(self._query(value, name, place, line))
                case ClassValue(scope=scope):
                    found.append((InstanceValue(scope),))
                case _:
                    found.append((value,))
        return union(found)

    def _query(self, value: RowsMethod, name: str, place: _Place, line: int) -> Values:
        call = _call(name, line)
        made = self._resolver.call(value, call, self._frame)
        if not any(isinstance(item, Rows) for item in made):  # Rows are lazy and read only on use.
            for rule in self._renderer.rules:
                self._effects(rule.of_call(self._resolver, call, (value,), self._frame), place, line)
        return made

    def _iterated(self, values: Values, place: _Place, line: int) -> Values:
        """The elements of the values; iterating runs queries."""
        if not values:
            return ()
        elements, effects = self._renderer.done.by_iteration(values, self._frame)
        self._effects(effects, place, line)
        return elements

    def _shown(self, values: Values, place: _Place, line: int) -> None:
        """A value is converted to a string: ``__str__`` runs, rows are read."""
        if not values:
            return
        self._iterated(_queries(values), place, line)
        self._effects(self._renderer.done.by_text(values, self._frame), place, line)

    # --- writing down

    def _effects(self, effects: Iterable[Effect], place: _Place, line: int) -> None:
        for effect in effects:
            if isinstance(effect, Access | Runs | FirstUses):
                self._happens(effect, place, line)

    def _happens(self, effect: Access | Runs | FirstUses, place: _Place, line: int) -> None:
        if isinstance(effect, Runs) and effect.confidence is Confidence.CERTAIN:
            effect = Runs(effect.function, effect.kind, Confidence.LIKELY, effect.receiver)
        self.found[effect, place.document.file, line] = None


def _queries(values: Values) -> Values:
    """The values that are database queries."""
    return tuple(value for value in values if _is_query(value))


def _is_query(value: Value) -> bool:
    return isinstance(value, Rows)


def _blocks(body: Body) -> Iterable[Block]:
    for node in body:
        if isinstance(node, Block):
            yield node
        if isinstance(node, Block | For | With):
            yield from _blocks(node.body)


def _call(name: str, line: int) -> s.Call:
    return s.Call(s.Attribute(s.OPAQUE, name, line), (), (), line, 0)
