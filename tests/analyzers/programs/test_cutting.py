"""Which packages of one folder are programs of their own, and what holds them together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.model.progress import SilentProgress
from strangler.model.system import ModuleRole
from strangler_analyzers.programs.cutting import is_whole, pieces
from strangler_analyzers.programs.groups import Groups
from strangler_analyzers.source.discovery import SourceFile, discover
from strangler_analyzers.source.documents import read_documents
from strangler_analyzers.source.extraction import read_files
from strangler_analyzers.source.references import References
from strangler_analyzers.source.templates import read_templates
from tests.analyzers.source_tree import write

_PROJECTS = {
    "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = ['shop']\n",
    "shop/models.py": "from django.db import models\nclass Order(models.Model): ...\n",
    "blog/settings.py": "ROOT_URLCONF = 'blog.urls'\nINSTALLED_APPS = ['blog']\n",
    "blog/models.py": "from django.db import models\nclass Post(models.Model): ...\n",
}


def _programs(root: Path, files: dict[str, str], smallest: int = 0) -> list[set[str]]:
    """The topmost packages of each program."""
    discovery = discover(write(root, files))
    outcomes = read_files(discovery.files, SilentProgress(), workers=1, refer=True)
    references = [outcome.known_references() for outcome in outcomes]
    documents = read_documents(discovery.documents)
    found = pieces(discovery.files, references, read_templates(discovery.templates), smallest, documents)
    return [{discovery.files[position].module.partition(".")[0] for position in piece.files} for piece in found]


@pytest.mark.parametrize(
    "files",
    [
        {"shop/a.py": "import os, json\n", "blog/a.py": "import shopping\nfrom .shop import x\n"},
        {"shop/a.py": "", "blog/a.py": "KINDS = ['shop', 'other']\nlabel = 'shop.add'\npath = 'a shop.a'\n"},
        {"shop/a.py": "", "blog/a.py": "from . import shop\n", "blog/shop.py": ""},
        {
            "shop/a.py": "from celery import shared_task\n@shared_task(name='mail')\ndef f(): ...\n",
            "blog/a.py": "x = 'fax'",
        },
        _PROJECTS,
        {**_PROJECTS, "blog/views.py": "def show(request): return render(request, 'page.html')"}
        | {"shop/templates/page.html": "", "blog/templates/page.html": ""},
    ],
)
def test_what_does_not_name_each_other_is_apart(tmp_path: Path, files: dict[str, str]) -> None:
    """Texts that happen to be the name of a package are no names where nothing looks them up."""
    assert _programs(tmp_path, files) == [{"blog"}, {"shop"}]


@pytest.mark.parametrize(("application", "programs"), [("import connexion", 1), ("import flask", 2)])
def test_functions_that_a_served_document_names_are_of_its_program(
    tmp_path: Path, application: str, programs: int
) -> None:
    """Only connexion calls what an OpenAPI document names."""
    document = "openapi: 3.0.0\npaths: {/a: {get: {operationId: blog.a.shown}}}\n"
    files = {"shop/a.py": application, "blog/a.py": "def shown(): ...\n", "shop/api.yaml": document}
    assert len(_programs(tmp_path, files)) == programs


@pytest.mark.parametrize(
    ("shop", "blog"),
    [
        ("", "import shop"),
        ("", "import shop.a as other"),
        ("", "def f():\n    from shop.a import *"),
        ("", "from ..shop import a"),
        ("", "URLS = 'shop.a'"),
        ("", "URLS = 'shop.a.patterns'"),
        ("", "APP = 'shop:app'"),
        ("", "MODEL = 'shop.Order'"),
        ("", "app.config.from_pyfile('shop.py')"),
        ("", "URLS = 'shop.' + name"),
        ("", "URLS = f'shop.{name}'"),
        ("", "INSTALLED_APPS = ['shop']"),
        ("", "INSTALLED_APPS += EXTRA\nEXTRA = ('shop',)"),
        ("", "settings.INSTALLED_APPS.append('shop')"),
        ("", "importlib.import_module('shop')"),
        ("", "for app in ['shop']: include(f'{app}.urls')"),
        ("", "apps.get_app_config('shop')"),
        ("", "form = get_class('orders.forms', 'Form')"),
        ("@app.task(name='send mail')\ndef f(): ...", "app.send_task('send mail')"),
        ("@app.task(name='mail')\ndef f(): ...", "app.send_task('mail')"),
        ("class Mail(Task):\n    name = 'mail'", "app.send_task('mail')"),
        ("NAME = 'mail'\n@app.task(name=NAME)\ndef f(): ...", "app.send_task('mail')"),
        ("from flask import Flask", "import flask"),
        ("import fastapi", "from starlette.routing import Route"),
        ("from django.db import models", "from django.http import HttpResponse"),
        ("from django.db import models", "import rest_framework\nROOT_URLCONF = 'x'"),
    ],
)
def test_whatever_may_be_a_name_joins(tmp_path: Path, shop: str, blog: str) -> None:
    """Imports, dotted paths, apps, tasks, and what a framework brings together."""
    assert _programs(tmp_path, {"shop/a.py": shop, "shop/orders/forms.py": "", "blog/b.py": blog}) == [{"blog", "shop"}]


@pytest.mark.parametrize(
    ("stray", "host"),
    [
        ("from django.db import models\nclass Note(models.Model): order = models.ForeignKey('shop.order')", "shop"),
        ("from django.db import models\nPost = get_model('blog', 'Post')", "blog"),
        ("import django\ndef f(request): return render(request, 'only.html')", "shop"),
        ("import django\ndef f(request): return render(request, 'own.html')", "shop"),
        ("import django\ndef f(request): return render(request, 'tagged.html')", "blog"),
        ("import django\nUSER = 'auth.User'", ""),
        ("import django", ""),
    ],
)
def test_an_app_that_no_project_names_goes_with_what_it_names(tmp_path: Path, stray: str, host: str) -> None:
    """By the label of a model, by a template, by a library of tags; of two projects neither has it otherwise."""
    files = {
        **_PROJECTS,
        "notes/a.py": stray,
        "notes/templates/own.html": "{% extends 'only.html' %}",
        "notes/templates/tagged.html": "{% load i18n marks %}" if host == "blog" else "",
        "shop/templates/only.html": "",
        "blog/templatetags/marks.py": "",
    }
    if host != "shop" or "own" not in stray:
        files.pop("notes/templates/own.html")
    expected = [{"blog"}, {"notes"}, {"shop"}]
    if host:
        expected = sorted(({*names, "notes"} if host in names else names for names in expected[::2]), key=min)
    assert sorted(_programs(tmp_path, files), key=min) == expected


def test_what_is_small_goes_with_the_largest(tmp_path: Path) -> None:
    """A script beside an application is analysed with it."""
    files = {"setup.py": "x = 1\n", "shop/a.py": "x = 1\n" * 9, "blog/a.py": "x = 1\n" * 8}
    assert _programs(tmp_path, files, 8) == [{"blog"}, {"setup", "shop"}]
    assert _programs(tmp_path, files, 9) == [{"blog", "setup", "shop"}]
    assert _programs(tmp_path, files, 99) == [{"blog", "setup", "shop"}]


def test_files_of_one_package_are_one_program() -> None:
    """Nothing needs to be looked at to know."""
    files = [SourceFile(name, name, name, False, ModuleRole.APPLICATION) for name in ("shop", "shop.a", "shop.b.c")]
    assert is_whole(files)
    assert not is_whole([*files, SourceFile("shops", "shops", "shops", False, ModuleRole.APPLICATION)])


_NAMES = st.sampled_from(["a", "b", "c", "d", "e"])


@settings(max_examples=30)
@given(modules=st.sets(st.tuples(_NAMES, _NAMES), min_size=1), imports=st.lists(st.tuples(_NAMES, _NAMES), max_size=6))
def test_every_file_is_in_one_program_with_all_it_imports(
    modules: set[tuple[str, str]], imports: list[tuple[str, str]]
) -> None:
    """The programs are the connected parts of the graph of imports."""
    names = sorted(f"{top}.{module}" for top, module in modules)
    files = [SourceFile(name, f"{name}.py", name, False, ModuleRole.APPLICATION) for name in names]
    read = [References(tuple(sorted({target for top, target in imports if top == name[0]}))) for name in names]
    found = [{names[position] for position in piece.files} for piece in pieces(files, read, (), 0)]
    assert sorted(name for program in found for name in program) == names
    tops = [{name[0] for name in program} for program in found]
    groups = Groups({name[0] for name in names})
    groups.join_all(pair for pair in imports if set(pair) <= {name[0] for name in names})
    assert sorted(map(sorted, tops)) == sorted(groups.all().values())
