"""What every test may use."""

from __future__ import annotations

pytest_plugins = [
    "pytester",
    "tests.components",
    "tests.postgres",
    "tests.mariadb",
    "tests.etl.reviews_case",
    "tests.etl.access_case",
    "tests.etl.parts_case",
    "tests.etl.pair",
]
