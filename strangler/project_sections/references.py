"""Reads values that may come from the environment: secrets, databases, upstreams."""

from __future__ import annotations

import re

from strangler.secret import MASK, Reference, mask_url
from strangler.toml_section import Section

_MALFORMED_REFERENCE = re.compile(r"\$(?!\{[A-Za-z_][A-Za-z0-9_]*\})\{?")
_LOGIN = re.compile(r"(\w+://)?.*@", re.DOTALL)


def read_secret(section: Section, key: str) -> Reference | None:
    """Read a secret, which must not be in the file itself; None when the key is missing."""
    text = section.text(key)
    if text is None:
        return None
    if not Reference(text, "").names:
        section.report(
            key,
            f"{key} must not stand in the file",
            f'write {key} = "${{NAME}}", and set NAME in the environment',
        )
    return _reference(section, key, text)


def read_database(section: Section) -> Reference | None:
    """Read ``database``, a URL that may be in the file except its password; None when the key is missing."""
    return read_address(section, "database")


def read_address(section: Section, key: str) -> Reference | None:
    """Read a URL that may be in the file except its password; None when the key is missing."""
    text = section.text(key)
    if text is None:
        return None
    if mask_url(text) != text:
        section.report(
            key,
            f"the password must not stand in the file: {mask_url(text)}",
            f"write ${{NAME}} in place of the URL or of {MASK}, and set NAME in the environment",
        )
    return _reference(section, key, text)


def read_upstreams(section: Section) -> tuple[Reference, ...]:
    """Read ``upstreams``, each with scheme, host and port."""
    texts = section.texts("upstreams")
    for text in texts:
        if "@" in text:
            shown = _LOGIN.sub(rf"\1{MASK}@", text)
            section.report("upstreams", f"an upstream has no user and no password: {shown}", "write http://HOST:PORT")
        elif not text.startswith(("http://", "https://", "${")):
            section.report("upstreams", f"the upstream {text} must begin with http:// or https://")
    return tuple(_reference(section, "upstreams", text) for text in texts)


def _reference(section: Section, key: str, text: str) -> Reference:
    if _MALFORMED_REFERENCE.search(text):
        section.report(key, f"{key} has a $ that names nothing", "write ${NAME} to name the environment")
    return Reference(text, section.where(key))
