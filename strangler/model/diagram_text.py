"""Escapes texts for diagram languages."""

from __future__ import annotations

import re


def mermaid_text(text: str) -> str:
    """Return a text for use inside quotes in Mermaid: characters that it or HTML may take for syntax become codes."""
    return re.sub(r"[^\w .,:/-]", lambda match: f"#{ord(match[0])};", text)


def dot_text(text: str) -> str:
    """Return a text as a quoted string of DOT, the language of Graphviz."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
