"""Texts as the languages of diagrams have them."""

from __future__ import annotations

import re


def mermaid_text(text: str) -> str:
    """What stands between quotes in Mermaid: all that it or HTML could take for syntax as a character code."""
    return re.sub(r"[^\w .,:/-]", lambda match: f"#{ord(match[0])};", text)


def dot_text(text: str) -> str:
    """A text of DOT, the language of Graphviz, with its quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
