"""Recipes for seams: whether a seam is rewritten and, if not, why, and how to change the code by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strangler.model.system import AccessMode
from strangler_analyzers.rewriting.seams import (
    ClassCall,
    CrossingKey,
    DecoratorUse,
    DynamicAccess,
    FunctionCall,
    ImportTimeCall,
    JoinedLoading,
    MethodCall,
    ModelUse,
    ModuleImport,
    QueryComposition,
    QueuedCall,
    RawSql,
    Seam,
    SeamKind,
    SignalAcross,
    SpanningTransaction,
    Subclass,
    TemplateUse,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Why a seam cannot be rewritten safely, and what to do by hand."""

    why: str
    recipe: str


_RECIPES: Mapping[SeamKind, Recipe] = {
    SeamKind.CLASS: Recipe(
        "an object made here is of a class that leaves",
        "keep exceptions and plain values in a module both sides have, or let a function inside make it",
    ),
    SeamKind.METHOD: Recipe(
        "an object cannot cross a process, its values can",
        "let a function inside answer it, given the key, and call that function",
    ),
    SeamKind.MODEL: Recipe(
        "the table leaves the database",
        "a function inside that answers it with plain values (API), or a read model here, fed by its events",
    ),
    SeamKind.COMPOSITION: Recipe(
        "the query goes on outside, and a query cannot cross a process",
        "API composition: a function inside that answers the whole query, joined here by key; else a read"
        " model fed by its events",
    ),
    SeamKind.JOINED_LOADING: Recipe(
        "a join reaches over the seam, and the tables part",
        "API composition: load both sides by themselves, all keys in one request, and join them here",
    ),
    SeamKind.FOREIGN_KEY: Recipe(
        "databases cannot keep a foreign key between them",
        "keep the column without the constraint; an event tells of deleted rows, and the other side follows it",
    ),
    SeamKind.RAW_SQL: Recipe(
        "the statement names tables that leave the database",
        "a function inside that answers with plain values, or a read model here, fed by its events",
    ),
    SeamKind.SIGNAL: Recipe(
        "a signal does not leave its process",
        "an event, written to an outbox in the sender's transaction; the receiver becomes its consumer",
    ),
    SeamKind.TEMPLATE: Recipe(
        "the template calls into the service while it is rendered",
        "fetch the values in the view, through the port, and hand them to the template",
    ),
    SeamKind.SUBCLASS: Recipe(
        "the base class leaves", "hold an object and call it instead of inheriting, or copy what is needed"
    ),
    SeamKind.DYNAMIC: Recipe("the code does not say what is called", "call it by its name, then rewrite again"),
    SeamKind.TRANSACTION: Recipe(
        "one transaction cannot span two databases",
        "commit here with an outbox event the service follows, and a step that takes it back where it can"
        " fail (saga); or move the call behind the commit",
    ),
    SeamKind.QUEUED: Recipe(
        "it runs later, where the switch of this request is not known",
        "an event the service follows, or a task outside that calls the port",
    ),
    SeamKind.IMPORT_TIME: Recipe(
        "it runs while modules are imported, when no side has been chosen and neither may be ready",
        "call it when it is needed, in a function",
    ),
    SeamKind.DECORATOR: Recipe("the decorator leaves", "copy it, or keep it in a module both sides have"),
    SeamKind.IMPORT: Recipe(
        "only a name is used: a type, a constant, an exception",
        "keep it in a module both sides have, or copy it",
    ),
}
_WRITE = Recipe(
    "the service must be the only writer of its tables", "a function inside that does it, to be called here"
)


def used(seam: Seam) -> str:
    """A short description of what is used at a seam."""
    match seam:
        case FunctionCall() | ClassCall() | MethodCall() | TemplateUse():
            return seam.callee
        case QueuedCall() | DecoratorUse() | ImportTimeCall():
            return seam.callee
        case SpanningTransaction():
            return f"{seam.callee} in the transaction of {seam.begin}"
        case ModelUse() | RawSql():
            return f"{seam.operation} {seam.mode}s {seam.table}"
        case JoinedLoading():
            return f"{seam.operation} with {seam.table}"
        case QueryComposition():
            return seam.what + (f" over {', '.join(seam.tables)}" if seam.tables else "")
        case CrossingKey():
            deletion = f", {seam.on_delete}" if seam.on_delete else ""
            return f"{seam.table}.{seam.column} to {seam.target}{deletion}"
        case SignalAcross():
            return f"makes {seam.receiver} run"
        case Subclass():
            return f"{seam.function} inherits from {seam.base}"
        case DynamicAccess():
            return f"{seam.name}, perhaps {', '.join(seam.candidates)}"
        case ModuleImport():
            return seam.module


def recipe(seam: Seam) -> Recipe | None:
    """What a person must do about a seam; None if a port replaces it."""
    if isinstance(seam, ModelUse) and seam.mode is AccessMode.WRITE:
        return _WRITE
    return _RECIPES.get(seam.kind)
