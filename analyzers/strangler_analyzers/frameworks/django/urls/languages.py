"""The language prefix that `i18n_patterns` adds to paths: `django.urls.resolvers.LocalePrefixPattern`."""

from __future__ import annotations

from dataclasses import dataclass

from strangler.model.template import choice
from strangler_analyzers.frameworks.django.configuration.settings import Settings
from strangler_analyzers.linker.values import ConstantValue

_NAME = "language"


@dataclass(frozen=True, slots=True)
class Languages:
    """The language settings of a project; empty if it has none."""

    codes: tuple[str, ...] = ()
    """The codes in LANGUAGES, as used in paths; empty if unknown, so that any segment may be one."""
    default: str | None = None
    """LANGUAGE_CODE."""
    translated: bool = True
    """USE_I18N: without it no path has a prefix."""

    @classmethod
    def of(cls, settings: Settings) -> Languages:
        """The languages of a project."""
        default = settings.text("LANGUAGE_CODE")
        return cls(
            codes=tuple(code.lower() for code in settings.first_texts("LANGUAGES") or ()),
            default=None if default is None else default.lower(),
            translated=ConstantValue(value=False) not in settings.values("USE_I18N"),
        )

    def prefixes(self, *, of_default: bool | None) -> tuple[str, ...]:
        """The prefix of paths; `of_default` tells whether the default language has one, None if unknown."""
        if not self.translated:
            return ("",)
        codes = self.codes if of_default is not False else tuple(code for code in self.codes if code != self.default)
        bare = () if of_default else ("",)
        return bare if self.codes and not codes else (*bare, f"{choice(_NAME, codes)}/")
