"""What of a page leads on: links and forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

SKIPPED = {"submit", "button", "image", "reset"}


@dataclass(slots=True)
class Form:
    """Where a form goes, what it would send as it is, and what stands on its buttons."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    button: str = ""
    files: bool = False

    @property
    def shape(self) -> tuple[str, ...]:
        """What forms for the same purpose have in common."""
        return (self.method, self.action.split("/")[1], self.button.strip(), *(name for name, _ in self.fields))


@dataclass(slots=True)
class Page(HTMLParser):
    """Reads the links and forms of a page at `address`; those of other hosts are left out."""

    address: str
    links: list[str] = field(default_factory=list[str])
    forms: list[Form] = field(default_factory=list[Form])
    _form: Form | None = None
    _choice: tuple[str, str | None] | None = None
    _text: str | None = None
    _in_button: bool = False

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    @classmethod
    def read(cls, address: str, text: str) -> Page:
        """Read a page."""
        page = cls(address)
        page.feed(text)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a link, or a part of a form."""
        said = {name: value or "" for name, value in attrs}
        match tag:
            case "a" | "link" | "script" | "img":
                self._link(said.get("href") or said.get("src") or "")
            case "form":
                action = self._resolved(said.get("action") or self.address)
                self._form = Form(
                    action, said.get("method", "get").upper(), files="multipart" in said.get("enctype", "")
                )
                if action:
                    self.forms.append(self._form)
            case "input" if said.get("type") not in SKIPPED and "disabled" not in said:
                if said.get("type") not in {"checkbox", "radio"} or "checked" in said:
                    self._field(said.get("name", ""), said.get("value", ""))
            case "button" | "input":
                self._in_button = tag == "button"
                if self._form is not None:
                    self._form.button += said.get("value", "")
            case "select":
                self._choice = (said.get("name", ""), None)
            case "option" if self._choice is not None:
                name, chosen = self._choice
                if chosen is None or "selected" in said:
                    self._choice = (name, said.get("value", ""))
            case "textarea":
                self._text = ""
                self._field(said.get("name", ""), "")
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        """End a form or a part of it."""
        match tag:
            case "form":
                self._form = None
            case "button":
                self._in_button = False
            case "select" if self._choice is not None:
                self._field(self._choice[0], self._choice[1] or "")
                self._choice = None
            case "textarea":
                if self._form is not None and self._form.fields:
                    self._form.fields[-1] = (self._form.fields[-1][0], (self._text or "").strip())
                self._text = None
            case _:
                pass

    def handle_data(self, data: str) -> None:
        """Take what stands in a text area, or on a button."""
        if self._text is not None:
            self._text += data
        if self._in_button and self._form is not None:
            self._form.button += data

    def _field(self, name: str, value: str) -> None:
        if name and self._form is not None:
            self._form.fields.append((name, value))

    def _link(self, reference: str) -> None:
        target = self._resolved(reference)
        if target and target not in self.links:
            self.links.append(target)

    def _resolved(self, reference: str) -> str:
        """Return a target on this host, or nothing."""
        if not reference or reference.startswith(("#", "javascript:", "mailto:", "data:")):
            return ""
        parts = urlsplit(urljoin(self.address, reference))
        if parts.netloc and parts.netloc != urlsplit(self.address).netloc:
            return ""
        return parts.path + (f"?{parts.query}" if parts.query else "")
