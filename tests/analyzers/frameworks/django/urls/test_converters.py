"""Converters of the program's own."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.frameworks.django.project_sources import answers, project


def test_a_converter_that_takes_slashes_makes_a_path(tmp_path: Path) -> None:
    """By its expression, its own or inherited."""
    files = {
        "shop/views.py": "def a(request, x): ...\ndef b(request, x): ...\ndef c(request, x): ...\n",
        "shop/paths.py": """
            from django.urls.converters import PathConverter, StringConverter
            class Objects:
                regex = "[a-z]+(/[a-z]+)*"
            DEPTH = 3
            class Files(PathConverter):
                regex = f"[^/]+(/[^/]+){{0,{DEPTH}}}"
            class Words(StringConverter): pass
        """,
        "shop/urls.py": """
            from django.urls import path, register_converter
            from shop import views
            from shop.paths import Files, Objects, Words
            def register():
                register_converter(Objects, "object_path")
                register_converter(Files, "file")
                register_converter(Words, "word")
            register()
            urlpatterns = [
                path("o/<object_path:x>/", views.a), path("f/<file:x>", views.b), path("w/<word:x>", views.c)
            ]
        """,
    }
    assert answers(project(tmp_path, files)) == {
        "ANY /shop/o/{x:path}/ shop.views:a",
        "ANY /shop/f/{x:path} shop.views:b",
        "ANY /shop/w/{x} shop.views:c",
    }
