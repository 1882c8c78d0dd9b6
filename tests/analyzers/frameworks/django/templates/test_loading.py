"""A template's name means the file that Django's loaders find first."""

from __future__ import annotations

from strangler_analyzers.frameworks.django.templates.loading import TemplateLoader
from strangler_analyzers.source.templates import Template, template_name


def _loader(*files: str, installed: tuple[str, ...] = ()) -> TemplateLoader:
    templates = [Template(template_name(file) or "", file, "") for file in files]
    return TemplateLoader(templates, ["site.shop", "site.stock"], installed)


def _file(loader: TemplateLoader, name: str) -> str | None:
    found = loader.find(name)
    return None if found is None else found.file


def test_folders_of_the_project_come_before_those_of_apps() -> None:
    """What stands outside of any package is a folder of the TEMPLATES setting."""
    loader = _loader("site/shop/templates/base.html", "site/templates/base.html")
    assert _file(loader, "base.html") == "site/templates/base.html"
    assert _file(loader, "other.html") is None


def test_apps_come_in_the_order_they_are_installed() -> None:
    """Of two apps with a template of one name the first installed one counts."""
    files = ("site/shop/templates/base.html", "site/stock/templates/base.html")
    assert _file(_loader(*files, installed=("site.stock", "site.shop")), "base.html") == files[1]
    assert _file(_loader(*files, installed=("site.shop", "site.stock")), "base.html") == files[0]


def test_only_text_files_in_folders_of_templates_have_a_name() -> None:
    """The name is the path behind the folder."""
    assert template_name("shop/templates/shop/a.html") == "shop/a.html"
    assert template_name("templates/a.txt") == "a.txt"
    assert template_name("shop/a.html") is None
    assert template_name("shop/templates/a.png") is None
