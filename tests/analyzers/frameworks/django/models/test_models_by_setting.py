"""Models that an app lets its projects replace: a setting names them, and a default stands for it."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.frameworks.django.django_shop import columns, keys, tables_of
from tests.analyzers.source_tree import facts_of

_SETTINGS = """
    from django.conf import settings

    GIVEN = getattr(settings, "TOKENS", None)
    DEFAULTS = {
        "OWNER_MODEL": getattr(settings, "TOKENS_OWNER_MODEL", "tokens.Owner"),
        "BACKEND": "tokens.backends.classes.Backend",
    }

    class TokenSettings:
        def __init__(self, given=None, defaults=None):
            self.given = given or {}
            self.defaults = defaults or DEFAULTS

        def __getattr__(self, name):
            try:
                value = self.given[name]
            except KeyError:
                if name == "OTHER":
                    value = self.given.get("BACKEND", self.defaults["BACKEND"])
                else:
                    value = self.defaults[name]
            setattr(self, name, value)
            return value

        def people(self):
            return getattr(settings, "TOKENS_PEOPLE_MODEL", settings.AUTH_USER_MODEL)

    token_settings = TokenSettings(GIVEN, DEFAULTS)
"""
_MODELS = """
    from django.conf import settings
    from django.db import models
    from tokens.bases import TokenBase
    from tokens.settings import token_settings

    def chosen(model):
        return model

    Base = chosen(getattr(settings, "TOKENS_BASE", TokenBase))

    class Owner(models.Model):
        pass

    class Token(Base):
        owner = models.ForeignKey(token_settings.OWNER_MODEL, models.CASCADE)
        person = models.ForeignKey(token_settings.people(), models.CASCADE)
"""
_BASES = """
    from django.db import models

    class TokenBase(models.Model):
        text = models.TextField()

        class Meta:
            abstract = True
"""
_APP = {
    "shop/manage.py": "",
    "tokens/__init__.py": "",
    "tokens/settings.py": _SETTINGS,
    "tokens/bases.py": _BASES,
    "tokens/models.py": _MODELS,
}


def test_a_setting_that_nobody_sets_is_its_default(tmp_path: Path) -> None:
    """The model a key leads to, by an object that keeps defaults or by ``getattr``, and a class to inherit from."""
    token = tables_of(tmp_path, _APP)["tokens_token"]
    assert columns(token) == {"id", "text", "owner_id", "person_id"}
    assert keys(token) == {("owner_id", "tokens_owner", "id"), ("person_id", "auth_user", "id")}


def test_a_setting_that_the_project_sets_wins(tmp_path: Path) -> None:
    """What its settings name is what the key leads to."""
    files = {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')",
        "site_/settings.py": "ROOT_URLCONF = 'site_.urls'\nTOKENS_PEOPLE_MODEL = 'people.Person'",
    }
    token = tables_of(tmp_path, {**_APP, **files})["tokens_token"]
    assert ("person_id", "people_person", "id") in keys(token)


def test_a_function_that_is_given_the_setting_and_its_default(tmp_path: Path) -> None:
    """Has no default of its own: what one call passes does not stand for what another one does."""
    settings = """
        from django.conf import settings

        def get(name, default):
            return getattr(settings, name, default)

        OTHER = get("OTHER", "other/")
        LOGIN = get("LOGIN", settings.LOGIN_URL)
    """
    urls = """
        from django.urls import path
        from tokens import settings, views
        urlpatterns = [path(settings.LOGIN.lstrip("/"), views.login)]
    """
    files = {
        "tokens/__init__.py": "",
        "tokens/settings.py": settings,
        "tokens/urls.py": urls,
        "tokens/views.py": "def login(request): ...",
    }
    assert [route.path for route in facts_of(tmp_path, files).routes] == ["/accounts/login/"]


def test_a_default_may_be_the_path_of_a_class(tmp_path: Path) -> None:
    """An app's own settings module names the user's class; its app is the package before ``models``."""
    own = 'AUTH_USER_MODEL = getattr(settings, "AUTH_USER_MODEL", "django.contrib.auth.models.User")'
    models = """
        from django.db import models
        from tokens import settings

        class Token(models.Model):
            owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    """
    files = {
        "tokens/settings.py": f"from django.conf import settings\n{own}\n",
        "tokens/models.py": models,
    }
    assert keys(tables_of(tmp_path, files)["tokens_token"]) == {("owner_id", "auth_user", "id")}
