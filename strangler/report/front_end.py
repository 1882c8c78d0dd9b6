"""The built front end: one script and one stylesheet, built from ``web/`` when strangler is installed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from string import Template

from strangler.model.errors import UnavailableError


class MissingFrontEndError(UnavailableError):
    """This installation was built without the report's front end."""

    def __init__(self) -> None:
        super().__init__(
            "this strangler was installed without the front end of the report",
            remedy="install it again without STRANGLER_SKIP_FRONTEND in the environment",
        )


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """The frame of the page, and the script and stylesheet that it embeds."""

    page: Template
    script: str
    style: str


def front_end() -> FrontEnd:
    """The front end of this installation; MissingFrontEndError if it was not built."""
    room = files("strangler.report")
    script, style = room / "bundle" / "app.js", room / "bundle" / "app.css"
    if not script.is_file() or not style.is_file():
        raise MissingFrontEndError
    page = Template((room / "page.html").read_text("utf-8"))
    return FrontEnd(page, script.read_text("utf-8"), style.read_text("utf-8"))
