"""What Django's app registry and settings object hand out."""

from __future__ import annotations

from strangler_analyzers.frameworks.django.evaluation.places import Place
from strangler_analyzers.frameworks.django.project import Projects
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import ConstantValue, Container, External, Frame, InstanceValue, Value, Values
from strangler_analyzers.source import syntax as s

_SETTINGS = "django.conf.settings"
_REGISTRIES = ("django.apps.apps.", "django.apps.registry.apps.")


class AppRegistry(Knowledge):
    """``settings.NAME``, ``apps.get_app_config(label)`` and ``apps.get_app_configs()``."""

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
        """The AppConfig of a label, or all of them."""
        if not isinstance(callee, External) or not callee.path.startswith(_REGISTRIES):
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
