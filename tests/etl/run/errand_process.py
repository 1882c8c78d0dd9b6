"""What another process does with the errand of a lane, imported there without the tests."""

from __future__ import annotations

from strangler_etl.copying.postgres_lanes import Lane, LaneErrand
from strangler_etl.migration import Addresses
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.run.throttle import Throttle


def copy_alone(addresses: Addresses, errand: LaneErrand) -> int:
    """Copy one chunk over connections of its own."""
    with PostgresDatabase(addresses.source) as source:
        login, address = source.login, source.address
    lane = Lane(login, address, addresses.target, Throttle(lambda: None))
    try:
        return lane.copy(errand)
    finally:
        lane.close()
