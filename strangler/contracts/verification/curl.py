"""Writes a request as a shell command."""

from __future__ import annotations

import shlex

from strangler.contracts.verification.answer import Request

_LONGEST = 400


def curl_line(request: Request, url: str, secrets: tuple[str, ...]) -> str:
    """The curl command that sends a request to a service.

    The headers named in `secrets` are included, but their values are shell variables: ``$AUTHORIZATION``.
    """
    parts = ["curl", "-i"]
    if request.method != "GET":
        parts += ["--head"] if request.method == "HEAD" else ["-X", request.method]
    parts += [f'-H "{name}: ${_variable(name)}"' for name in secrets]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers]
    if request.body is not None:
        text = request.body.decode("utf-8", "replace")
        parts.append(f"--data-raw {shlex.quote(text if len(text) <= _LONGEST else f'{text[:_LONGEST]}...')}")
    return " ".join([*parts, shlex.quote(f"{url}{request.target}")])


def _variable(name: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in name).upper()
