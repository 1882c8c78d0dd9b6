"""What is said when a database cannot be opened."""

from __future__ import annotations

import pytest

from strangler.demo.processes import free_port
from strangler.model.errors import ConfigurationError
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.errors import DatabaseError


def test_no_part_of_the_password_is_told_when_the_address_is_misread() -> None:
    """An unescaped @ makes libpq take the rest of the password for the host."""
    with pytest.raises(DatabaseError) as caught:
        open_database(DatabaseUrl("postgresql://shop:open@sesame.invalid@127.0.0.1/shop"))
    assert "sesame" not in str(caught.value)
    assert "write @ as %40" in str(caught.value)


def test_a_server_that_is_not_there_is_told_with_a_mend() -> None:
    """And with the address, without its password."""
    port = free_port()
    with pytest.raises(DatabaseError) as caught:
        open_database(DatabaseUrl(f"postgresql://shop:sesame@127.0.0.1:{port}/shop"))
    text = str(caught.value)
    assert text.startswith(f"postgresql://shop:****@127.0.0.1:{port}/shop: ")
    assert text.endswith("start the server, or correct host and port in the address")


@pytest.mark.parametrize("address", ["postgresql://[shop", "oracle://host/shop", "shop"])
def test_what_can_not_be_opened_is_told_with_the_forms_that_can(address: str) -> None:
    """No traceback, whatever stands there."""
    with pytest.raises(ConfigurationError, match="write postgresql://user:password@host/database"):
        open_database(DatabaseUrl(address))
