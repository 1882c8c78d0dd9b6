"""The places where Django opens a database transaction."""

from __future__ import annotations

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import External, Values

_ATOMIC = frozenset(
    {
        "django.db.transaction.atomic",
        "django.db.transaction.atomic()",
        "django.db.transaction.Atomic()",
        "django.db.transaction.commit_on_success",
        "django.db.transaction.commit_on_success()",
    }
)


def opens_transaction(resolver: Resolver, contexts: Values) -> bool:
    """``with atomic():``, ``@atomic``, ``@atomic(using=...)``, ``@method_decorator(atomic)``."""
    for value in contexts:
        if not isinstance(value, External):
            continue
        if value.path in _ATOMIC:
            return True
        if value.path.endswith(".method_decorator()") and value.site is not None and value.site.call.arguments:
            inner = resolver.evaluate(value.site.call.arguments[0], value.site.frame)
            if any(isinstance(part, External) and part.path in _ATOMIC for part in inner):
                return True
    return False
