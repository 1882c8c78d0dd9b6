"""Reads ``[gateway.identity]`` and ``[services.NAME.identity]``: how services learn who their clients are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strangler.model.identity import Claim, ClaimSource, Credential, IdentityTerms, Otherwise
from strangler.project import Identity
from strangler.project_sections.references import read_secret
from strangler.toml_section import Section

LONGEST = 3600
MOST_KNOWN = 1_000_000
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""The name of a header or a cookie: a token (RFC 9110, section 5.6.2)."""
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_FRAMING = frozenset(
    ("connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)
"""Headers that the question to the monolith sets itself."""


def read_identity(section: Section, base: Identity | None = None) -> Identity | None:
    """Read the section; missing keys have the values of `base`. None when no identity is asked for."""
    if not section.values:
        return base
    if section.flag("off"):
        section.close()
        return None
    whoami = section.text("whoami") if base and "whoami" not in section.values else section.required_text("whoami")
    if whoami and not whoami.startswith("/"):
        section.report("whoami", f"the path {whoami} must begin with /")
    key = read_secret(section, "key") or (base.key if base else None)
    if key is None and "key" not in section.values:
        section.document.report(section.path, f"{section.name} needs key")
    terms = _terms(section, whoami or (base.terms.whoami if base else ""), base.terms if base else IdentityTerms(""))
    section.close()
    return Identity(terms, key) if key else None


def _terms(section: Section, whoami: str, base: IdentityTerms) -> IdentityTerms:
    terms = IdentityTerms(
        whoami,
        send=tuple(_credentials(section)) if "send" in section.values else base.send,
        add=tuple(_added(section.section("add"))) if "add" in section.values else base.add,
        claims=tuple(_claims(section.section("claims"))) if "claims" in section.values else base.claims,
        nobody_statuses=section.counts("nobody_statuses", 300, 499) or base.nobody_statuses,
        nobody=Otherwise(section.choice("nobody", [*Otherwise]) or base.nobody),
        unknown=Otherwise(section.choice("unknown", [Otherwise.REFUSE, Otherwise.V1]) or base.unknown),
        patience=section.number("patience", 0.1, LONGEST) or base.patience,
        seconds=_number(section, "seconds", base.seconds),
        nobody_seconds=_number(section, "nobody_seconds", base.nobody_seconds),
        token_seconds=section.count("token_seconds") or base.token_seconds,
        most=int(section.number("most", 1, MOST_KNOWN) or base.most),
    )
    if terms.token_seconds > LONGEST:
        section.report("token_seconds", f"token_seconds must be {LONGEST} or less")
    if terms.token_seconds <= terms.seconds:
        # A token is cached with the answer it is made from, so it must live longer.
        section.report("token_seconds", "token_seconds must be more than seconds")
    return terms


def _number(section: Section, key: str, default: float) -> float:
    value = section.number(key, 0, LONGEST)
    return default if value is None else value


def _credentials(section: Section) -> Iterator[Credential]:
    texts = section.texts("send")
    if not texts:
        section.report("send", "send names nothing, so everybody would be the same one", 'write send = ["cookie:NAME"]')
    for text in texts:
        source, _, name = text.partition(":")
        if source not in ("cookie", "header") or not _NAME.fullmatch(name) or name.lower() in _FRAMING:
            section.report("send", f"{text} must be cookie:NAME or header:NAME, and a header of credentials")
        else:
            yield Credential(name, cookie=source == "cookie")


def _added(section: Section) -> Iterator[tuple[str, str]]:
    for name in section.values:
        value = section.text(name)
        if not _NAME.fullmatch(name) or name.lower() in _FRAMING or (value and not _VALUE.fullmatch(value)):
            section.report(name, f"{name} is no header that can be added")
        elif value:
            yield name, value
    section.close()


def _claims(section: Section) -> Iterator[Claim]:
    for name in section.values:
        if claim := section.parsed(name, lambda text, name=name: _claim(name, text)):
            yield claim
    section.close()


def _claim(name: str, text: str) -> Claim:
    source, _, rest = text.partition(":")
    if source == ClaimSource.STATUS and not rest:
        return Claim(name, ClaimSource.STATUS)
    if source == ClaimSource.JSON and rest and all(rest.split(".")):
        return Claim(name, ClaimSource.JSON, tuple(rest.split(".")))
    if source == ClaimSource.HEADER and _NAME.fullmatch(rest):
        return Claim(name, ClaimSource.HEADER, (rest.lower(),))
    raise ValueError("must be json:FIELD (json:user.id for one inside another), header:NAME or status")
