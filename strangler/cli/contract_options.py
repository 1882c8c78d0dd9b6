"""The options of ``strangler contract test``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.contracts.verification.finding import ContractRule

Url = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="Where it runs: v1, v2, or the gateway in front of both.")
]
Write = Annotated[
    bool, typer.Option("--write", help="Also send requests that write; otherwise only GET, HEAD and OPTIONS are sent.")
]
Headers = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        metavar="NAME: VALUE",
        help="Send it with every request, never print it; ${NAME} is read from the environment.",
    ),
]
Against = Annotated[
    str | None,
    typer.Option(
        "--against", metavar="URL", help="Also send reading requests there; answers that differ are findings."
    ),
]
AgainstHeaders = Annotated[
    list[str] | None,
    typer.Option("--against-header", metavar="NAME: VALUE", help="Send it there instead of --header."),
]
Rows = Annotated[
    list[str] | None,
    typer.Option("--parameter", metavar="[TYPE.]NAME=VALUE", help="An existing row: id=7, or review.id=7."),
]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="OPERATION", help="Test only this one: 'GET /reviews/{id}'.")
]
Skip = Annotated[list[str] | None, typer.Option("--skip", metavar="OPERATION", help="Do not test this one.")]
Ignore = Annotated[
    list[ContractRule] | None, typer.Option("--ignore", metavar="RULE", help="Do not report findings of this rule.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Also fail if an operation was not proven.")]
Events = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="FILE",
        help="Also check published events, one JSON document per line; without --url only these.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="The same number sends the same requests.")]
Draws = Annotated[int, typer.Option("--random", min=0, max=1000, help="Random valid requests per operation.")]
Rate = Annotated[float, typer.Option("--rate", min=0.1, help="Requests a second, at most.")]
Seconds = Annotated[float, typer.Option("--seconds", min=1, help="How long to send requests, at most.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.05, help="How long an answer may take, in seconds.")]
Sarif = Annotated[
    Path | None, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0 here, for code scanners.")
]
Junit = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML here, which every CI shows.")
]
Shown = Annotated[int, typer.Option("--rows", min=1, help="How many findings of each rule to show.")]
