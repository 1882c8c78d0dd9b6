"""Every framework the analysis knows, in the order they are asked."""

from __future__ import annotations

from strangler_analyzers.frameworks.celery import Celery
from strangler_analyzers.frameworks.django.framework import Django
from strangler_analyzers.frameworks.flask.framework import Flask
from strangler_analyzers.frameworks.framework import Framework
from strangler_analyzers.frameworks.outside.framework import OutsideWorld
from strangler_analyzers.frameworks.sql.framework import RawSql
from strangler_analyzers.frameworks.sqlalchemy.framework import SqlAlchemy
from strangler_analyzers.frameworks.starlette.framework import Starlette

FRAMEWORKS: tuple[type[Framework], ...] = (Django, Flask, Starlette, SqlAlchemy, RawSql, Celery, OutsideWorld)
