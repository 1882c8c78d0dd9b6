"""Errors of querying and reading a system graph.

::

    UsageError
    ├── UnknownNameError       nothing has that name
    ├── AmbiguousNameError     several things have that name
    └── UnknownRouteError      no route for that request
    InputError
    └── DamagedGraphError      the saved graph is invalid
"""

from __future__ import annotations

from strangler.model.errors import InputError, UsageError

_SHOWN = 8


class UnknownNameError(UsageError):
    """Nothing in the graph has this name; `suggestions` are ids of similar ones."""

    def __init__(self, name: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"nothing in the graph is called {name!r}",
            remedy=f"did you mean {_either(suggestions)}?" if suggestions else None,
        )
        self.name = name
        self.suggestions = suggestions


class AmbiguousNameError(UsageError):
    """Several nodes match this name; `candidates` are their ids."""

    def __init__(self, name: str, candidates: tuple[str, ...]) -> None:
        more = len(candidates) - _SHOWN
        super().__init__(
            f"{name!r} can mean {len(candidates)} things",
            remedy=f"say which: {', '.join(candidates[:_SHOWN])}" + (f" and {more} more" if more > 0 else ""),
        )
        self.name = name
        self.candidates = candidates


class UnknownRouteError(UsageError):
    """No route answers this request; `suggestions` are similar ones, ``METHOD /path``.

    With `path_exists` the path is known and the suggestions are the methods it does answer.
    """

    def __init__(self, request: str, suggestions: tuple[str, ...] = (), *, path_exists: bool = False) -> None:
        what = "no route answers" if not path_exists else "the path exists, but does not answer"
        remedy = (
            "the report and `strangler graph --format facts` list all routes; pages that a library answers alone, as"
            " Django's admin, are none: trace an entry point"
        )
        if suggestions:
            remedy = f"did you mean {_either(suggestions)}?"
        super().__init__(f"{what} {request!r}", remedy=remedy)
        self.request = request
        self.suggestions = suggestions
        self.path_exists = path_exists


class DamagedGraphError(InputError):
    """The file is not a graph file, or is incomplete; `reason` names the first invalid place."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"damaged graph file: {reason}", where=where, remedy="run `strangler analyze` again")
        self.reason = reason


def _either(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names[:_SHOWN]]
    if len(quoted) == 1:
        return quoted[0]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
