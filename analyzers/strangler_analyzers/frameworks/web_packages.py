"""The packages that a program of each web framework imports."""

from __future__ import annotations

DJANGO = frozenset({"django", "rest_framework"})
APPBUILDER = "flask_appbuilder"
FLASK = frozenset({"flask", "quart", "apiflask", "flask_openapi3", APPBUILDER})
STARLETTE = frozenset({"fastapi", "starlette"})
