"""The packages that a program of each web framework imports."""

from __future__ import annotations

DJANGO = frozenset({"django", "rest_framework"})
APPBUILDER = "flask_appbuilder"
FLASK_ADMIN = "flask_admin"
CLASSFUL = frozenset({"flask_classful", "flask_classy"})
FLASK = frozenset({"flask", "quart", "apiflask", "flask_openapi3", APPBUILDER, FLASK_ADMIN}) | CLASSFUL
CONNEXION = "connexion"
STARLETTE = frozenset({"fastapi", "starlette"})
