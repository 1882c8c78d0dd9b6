"""Starts tracing where the project asks for it."""

from __future__ import annotations

from collections.abc import Callable

from strangler.model.errors import ConfigurationError
from strangler.project import Project
from strangler_gateway.tracing.trace import Tracing


def tracing_of(project: Project) -> Tracing | None:
    """Return the tracing a project asks for, None for none; ConfigurationError when it is not installed."""
    begin = _beginning(project)
    return begin() if begin is not None else None


def require_tracing(project: Project) -> None:
    """Raise ConfigurationError when a project asks for tracing and it is not installed."""
    _beginning(project)


def _beginning(project: Project) -> Callable[[], Tracing] | None:
    if not project.gateway.tracing:
        return None
    try:
        from strangler_gateway.tracing.spans import exported  # noqa: PLC0415 - an optional part, slow to import
    except ImportError as error:
        raise ConfigurationError(
            f"tracing needs OpenTelemetry: {error}",
            where=str(project.path),
            remedy="run: pip install 'strangler[tracing]'",
        ) from error
    return exported
