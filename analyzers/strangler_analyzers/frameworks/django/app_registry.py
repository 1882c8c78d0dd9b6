"""Values from Django's app registry and settings object."""

from __future__ import annotations

from strangler_analyzers.frameworks.django.evaluation.places import Place
from strangler_analyzers.frameworks.django.project import Projects
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.strings import strings_of
from strangler_analyzers.linker.values import ConstantValue, Container, External, Frame, InstanceValue, Value, Values
from strangler_analyzers.source import syntax as s

_SETTINGS = "django.conf.settings"
_REGISTRIES = ("django.apps.apps.", "django.apps.registry.apps.")


class AppRegistry(Knowledge):
    """Evaluates ``settings.NAME``, ``getattr(settings, ...)``, ``apps.get_app_config(label)`` and similar lookups."""

    attributes_of = (InstanceValue, External)
    calls_of = (External,)

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """The value a settings module of the program gives a setting, and the label of an AppConfig."""
        if isinstance(value, InstanceValue) and name == "label":
            project = self._projects.ready(resolver)
            label = project.apps.label_of(value.scope) if project is not None else None
            return None if label is None else (ConstantValue(label),)
        if not isinstance(value, External) or value.path != _SETTINGS:
            return None
        project = self._projects.ready(resolver)
        return (project.settings.values(name) or None) if project is not None else None

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """The AppConfig of a label, or all of them; or a setting with its default."""
        if not isinstance(callee, External):
            return None
        if callee.path == "builtins.getattr":
            return self._setting(resolver, call, frame)
        if not callee.path.startswith(_REGISTRIES):
            return None
        project = self._projects.ready(resolver)
        if project is None:
            return None
        if callee.path.endswith(".get_app_configs"):
            return (Container(tuple(InstanceValue(scope) for scope in project.apps.configs())),)
        if callee.path.endswith(".get_app_config"):
            label = project.lists.text(call.argument(0, "app_label"), Place(frame))
            found = project.apps.config(label) if label is not None else None
            return (InstanceValue(found),) if found is not None else None
        return None

    def _setting(self, resolver: Resolver, call: s.Call, frame: Frame) -> Values | None:
        """``getattr(settings, "NAME", default)``: the setting, or the default if the project does not set it."""
        if len(call.arguments) != 3:
            return None
        owner, named, default = call.arguments
        if not any(isinstance(v, External) and v.path == _SETTINGS for v in resolver.evaluate(owner, frame)):
            return None
        names = tuple(strings_of(resolver.evaluate(named, frame)))
        if len(names) != 1:
            return None  # A function that takes the name as an argument has the defaults of many settings.
        found = resolver.attribute(External(_SETTINGS), names[0])
        if any(not isinstance(value, External) for value in found):
            return found
        return resolver.union((resolver.evaluate(default, frame), found))
