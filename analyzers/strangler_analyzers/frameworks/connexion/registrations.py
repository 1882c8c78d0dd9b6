"""The calls that serve an OpenAPI document: ``app.add_api("openapi.yaml")``, ``FlaskApi(specification)``."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler_analyzers.frameworks.connexion.naming import KINDS, Kind, Naming
from strangler_analyzers.frameworks.web_packages import CONNEXION
from strangler_analyzers.frameworks.wiring.call_index import CALL_INDEX
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.text import UNKNOWN, texts
from strangler_analyzers.linker.scope import Assigned, Entered, Scope
from strangler_analyzers.linker.values import External, Frame, ModuleValue, Values
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.documents import Document, may_be_document
from strangler_analyzers.source.traversal import children

_METHOD = "add_api"
_CLASSES = frozenset({"FlaskApi", "AioHttpApi", "ConnexionAPI"})
_CONSTANTS = 64
"""The most expressions that are followed in search of a document's name."""


@dataclass(frozen=True, slots=True)
class Served:
    """A document, the call that serves it, and what the call says of its paths and functions."""

    document: Document
    call: s.Call
    scope: Scope
    base_path: str | None
    naming: Naming


def is_connexion(path: str) -> bool:
    """Whether a library object is one of connexion's."""
    return path.partition(".")[0] == CONNEXION


def served_documents(evaluator: Evaluator) -> Iterator[Served]:
    """Every document that the program serves, once for each call, by module and location."""
    documents = evaluator.resolver.program.documents
    for scope, call in CALL_INDEX.of(evaluator.resolver.program).named(_METHOD, *sorted(_CLASSES)):
        frame = Frame(scope)
        if spelling.last_name(call.function) != _METHOD and not _makes_api(evaluator, call, frame):
            continue
        for document in _meant(evaluator, call, frame, documents):
            base = texts(evaluator.parameters.argument(call, frame, 1, "base_path"))
            given = base[0].replace(UNKNOWN, "{unknown}") if base else None
            naming = _naming(evaluator, evaluator.parameters.argument(call, frame, None, "resolver"))
            yield Served(document, call, scope, given, naming)


def _makes_api(evaluator: Evaluator, call: s.Call, frame: Frame) -> bool:
    return any(isinstance(v, External) and is_connexion(v.path) for v in evaluator.evaluate(call.function, frame))


# --- the document


def _meant(evaluator: Evaluator, call: s.Call, frame: Frame, documents: Iterable[Document]) -> tuple[Document, ...]:
    """The documents whose name the call's specification has; of several with one name the nearest.

    A specification may be a name, a path, or what was read from a file: of all these the texts are taken from which
    the code makes it. Texts around it (folders joined to a path, `specification_dir`) decide between namesakes.
    """
    specification = call.arguments[0] if call.arguments else call.keyword("specification")
    if specification is None:
        return ()
    values = texts(evaluator.parameters.argument(call, frame, 0, "specification"))
    named = [text for text in values if may_be_document(text) and UNKNOWN not in text]
    around = tuple(_texts(specification, frame.scope))
    named = named or [text for text in around if may_be_document(text)]
    hints = {part for text in (*around, *_texts(call.function, frame.scope)) for part in _parts(text)}
    found: dict[Document, None] = {}
    for text in dict.fromkeys(named):
        parts = _parts(text)
        fitting = [document for document in documents if _parts(document.file)[-len(parts) :] == parts]
        if fitting:
            found[max(fitting, key=lambda document: _nearness(document.file, hints, frame.scope.module.file))] = None
    return tuple(found)


def _parts(text: str) -> list[str]:
    return [part for part in posixpath.normpath(text.replace("\\", "/")).split("/") if part not in {"", ".", ".."}]


def _nearness(file: str, hints: set[str], module: str) -> tuple[int, int, int]:
    """How much speaks for a file: folders the code names, folders shared with the module, and how few others."""
    folders, own = _parts(file)[:-1], _parts(module)[:-1]
    shared = len(posixpath.commonprefix([folders, own]))
    return sum(folder in hints for folder in folders), shared, -len(folders)


def _texts(expression: s.Expression, scope: Scope) -> Iterator[str]:
    """The text constants from which a value is made, by way of local names and what contexts open."""
    pending: list[tuple[s.Expression, Scope]] = [(expression, scope)]
    seen: set[tuple[str, Scope]] = set()
    for position, (part, holder) in enumerate(pending):
        if position == _CONSTANTS:
            return
        match part:
            case s.Constant(value=str() as text):
                yield text
            case s.Name(id=name):
                owner: Scope | None = holder
                while owner is not None and name not in owner.bindings:
                    owner = owner.parent
                if owner is not None and (name, owner) not in seen:
                    seen.add((name, owner))
                    for binding in owner.bindings[name]:
                        match binding:
                            case Assigned(expression=made) | Entered(context=made):
                                pending.append((made, owner))
                            case _:
                                pass
            case _:
                pending += ((child, holder) for child in children(part))


# --- the resolver


def _naming(evaluator: Evaluator, resolvers: Values) -> Naming:
    """The naming of the call's resolver; that of a class of the program is its library class's."""
    for value in resolvers:
        if isinstance(value, External) and is_connexion(value.path) and value.site is not None:
            kind = KINDS.get(value.path.removesuffix("()").rpartition(".")[2])
            if kind is not None:
                return _made(evaluator, kind, value.site.call, value.site.frame)
    return Naming()


def _made(evaluator: Evaluator, kind: Kind, call: s.Call, frame: Frame) -> Naming:
    name = "root_path" if kind is Kind.RELATIVE else "default_module_name"
    given = evaluator.parameters.argument(call, frame, 0, name)
    modules = [value.name for value in given if isinstance(value, ModuleValue)]
    collection = texts(evaluator.parameters.argument(call, frame, 1, "collection_endpoint_name"))
    return Naming(kind, next(iter([*texts(given), *modules]), ""), collection[0] if collection else "search")
