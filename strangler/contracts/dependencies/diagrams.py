"""Draws which service uses which: arrows point to what is used, and dashed arrows are events."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.contracts.dependencies.service_uses import Party, ServiceUse, UseKind
from strangler.model.diagram_text import dot_text, mermaid_text
from strangler.model.quantity import quantity

_ARROWS = {UseKind.CALLS: "-->", UseKind.FOLLOWS: "-.->"}
_STYLES = {UseKind.CALLS: "solid", UseKind.FOLLOWS: "dashed"}
_NOUNS = {UseKind.CALLS: "operation", UseKind.FOLLOWS: "event"}


def mermaid(parties: Sequence[Party], uses: Sequence[ServiceUse]) -> str:
    """The diagram as a Mermaid flowchart, which Markdown renderers draw."""
    numbers = {party: f"s{number}" for number, party in enumerate(parties)}
    lines = [f'  {numbers[party]}["{mermaid_text(party.name)}"]' for party in parties]
    lines += [
        f'  {numbers[use.user]} {_ARROWS[use.kind]}|"{mermaid_text(_label(use))}"| {numbers[use.used]}' for use in uses
    ]
    return "\n".join(["flowchart LR", *lines]) + "\n"


def dot(parties: Sequence[Party], uses: Sequence[ServiceUse]) -> str:
    """The diagram in the DOT language of Graphviz."""
    lines = ["digraph services {", "  rankdir=LR;", '  node [shape=box fontname="sans-serif" fontsize=10];']
    lines += [f"  {dot_text(party.namespace)} [label={dot_text(party.name)}];" for party in parties]
    lines += [
        f"  {dot_text(use.user.namespace)} -> {dot_text(use.used.namespace)}"
        f" [style={_STYLES[use.kind]} label={dot_text(_label(use))}];"
        for use in uses
    ]
    return "\n".join([*lines, "}"]) + "\n"


def _label(use: ServiceUse) -> str:
    return use.names[0] if len(use.names) == 1 else quantity(len(use.names), _NOUNS[use.kind])
