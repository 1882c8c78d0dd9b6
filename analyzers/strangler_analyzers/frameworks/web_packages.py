"""The packages that a program of each web framework imports."""

from __future__ import annotations

DJANGO = frozenset({"django", "rest_framework"})
APPBUILDER = "flask_appbuilder"
CLASSFUL = frozenset({"flask_classful", "flask_classy"})
FLASK = frozenset({"flask", "quart", "apiflask", "flask_openapi3", APPBUILDER}) | CLASSFUL
STARLETTE = frozenset({"fastapi", "starlette"})
