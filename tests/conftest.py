"""What every test may use."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.temporary_files import keep_in_memory

keep_in_memory()

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

pytest_plugins = [
    "pytester",
    "tests.components",
    "tests.postgres",
    "tests.mariadb",
    "tests.nats",
    "tests.etl.reviews_case",
    "tests.etl.access_case",
    "tests.etl.parts_case",
    "tests.etl.pair",
    "tests.etl.streams.published_case",
]
