"""Finds packages that name others, by imports or by strings that something may look up.

Anything that may be a name joins packages. Only strings that cannot be names do not: "users" in some list of a
program that lies next to a package called ``users``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from strangler_analyzers.frameworks.web_packages import DJANGO
from strangler_analyzers.programs.packages import Package

_DOTTED = re.compile(r"([^\W\d]\w*)[.:](\w*)")
_CONTRIB = frozenset(
    {
        *("admin", "admindocs", "auth", "contenttypes", "flatpages", "gis", "humanize", "messages", "postgres"),
        *("redirects", "sessions", "sitemaps", "sites", "staticfiles", "syndication"),
    }
)
"""The labels of `django.contrib`: a program means these unless it has an app with the label itself."""


def named_together(packages: Mapping[str, Package]) -> Iterator[tuple[str, ...]]:
    """Each package with those whose modules or tasks it names."""
    by_task = _by(packages, lambda package: package.tasks)
    for package in packages.values():
        named = (
            *(name for name in package.imports if name in packages),
            *(word for word in package.words if word in packages and word not in package.endings),
            *(name for text in package.texts for name in _dotted(package, text, packages)),
            *(name for text in package.texts for name in by_task.get(text, ())),
        )
        yield (package.name, *named)


def looked_up_together(packages: Mapping[str, Package]) -> Iterator[tuple[str, ...]]:
    """Each package with those whose modules, apps or models it names in part and does not itself have.

    A Django project names what it uses in its settings by full names; only an app without settings needs this.
    """
    by_ending = _by(packages, lambda package: package.endings)
    by_label = _by(packages, lambda package: package.endings | package.labels if package.uses(DJANGO) else ())
    for package in packages.values():
        named = [name for text in package.loaded - package.endings if "." in text for name in by_ending.get(text, ())]
        if package.uses(DJANGO) and not package.has_urls:
            own = package.endings | package.labels | _CONTRIB
            named += [name for label in package.loaded - own for name in by_label.get(label, ())]
            for text in package.texts:
                label, separator, model = text.partition(".")
                if separator and label not in own:
                    named += [name for name in by_label.get(label, ()) if model.lower() in packages[name].classes]
        yield (package.name, *named)


def _by(packages: Mapping[str, Package], names: Callable[[Package], Iterable[str]]) -> dict[str, list[str]]:
    """The packages that have each name."""
    found: dict[str, list[str]] = {}
    for package in packages.values():
        for name in names(package):
            found.setdefault(name, []).append(package.name)
    return found


def _dotted(package: Package, text: str, packages: Mapping[str, Package]) -> Iterator[str]:
    """``shop.urls``, ``shop.urls.patterns``, ``shop.Order``, ``shop:app``, ``shop.py``; ``shop.`` with more to come."""
    match = _DOTTED.match(text)
    if match is None or match[1] == package.name or (other := packages.get(match[1])) is None:
        return
    names_module = f"{match[1]}.{match[2]}" in other.modules
    if names_module or match[2] in {"", "py"} or text[match.end(1)] == ":" or match[2][:1].isupper():
        yield other.name
