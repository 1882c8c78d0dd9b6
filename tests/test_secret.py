"""Secrets stay out of everything that is printed."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.errors import ConfigurationError
from strangler.secret import DatabaseUrl, Reference, Secret, mask_url

PASSWORD = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="&'"), min_size=1).map(
    lambda text: f"«{text}»"
)
"""Between marks that occur nowhere else in a URL."""


@given(password=PASSWORD, user=st.sampled_from(["", "shop", "shop@tenant"]))
def test_no_password_of_a_url_is_ever_shown(password: str, user: str) -> None:
    """Even a password with unescaped @, : or / in it."""
    url = DatabaseUrl(f"postgresql://{user}:{password}@db.internal:5432/shop")
    for shown in (str(url), repr(url), f"{url}", mask_url(url.text)):
        assert password not in shown
        assert "«" not in shown
    assert str(url) == f"postgresql://{user}:****@db.internal:5432/shop"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:///shop.sqlite3", "sqlite:///shop.sqlite3"),
        ("postgresql://db:5432/shop", "postgresql://db:5432/shop"),
        (
            "postgresql:///shop?user=a&password=geheim&sslmode=require",
            "postgresql:///shop?user=a&password=****&sslmode=require",
        ),
        ("host=db password='ge heim' dbname=shop", "host=db password=**** dbname=shop"),
        ("mysql://shop:${PASSWORD}@db/shop", "mysql://shop:${PASSWORD}@db/shop"),
    ],
)
def test_what_is_no_password_stays_readable(text: str, shown: str) -> None:
    """Hosts, parameters and the names of the environment help to find a mistake."""
    assert mask_url(text) == shown


def test_a_secret_shows_only_when_asked() -> None:
    """Printing, formatting and tracebacks show asterisks; reveal() gives the text."""
    secret = Secret("geheim")
    assert (str(secret), repr(secret), secret.reveal()) == ("****", "Secret('****')", "geheim")
    assert pickle.loads(pickle.dumps(secret)) == secret


@pytest.mark.parametrize(
    ("url", "engine"),
    [
        ("postgres://db/shop", "postgresql"),
        ("postgresql+asyncpg://db/shop", "postgresql"),
        ("mariadb://db/shop", "mysql"),
        ("sqlite:///shop.sqlite3", "sqlite"),
    ],
)
def test_an_engine_has_one_name(url: str, engine: str) -> None:
    """Drivers and other spellings of the scheme do not matter."""
    assert DatabaseUrl(url).engine == engine


def test_a_reference_is_resolved_on_demand() -> None:
    """The environment is asked when the value is needed, not when the file is read."""
    reference = Reference("postgresql://shop:${PASSWORD}@${HOST}/shop", "strangler.toml:3:1")
    assert reference.names == ("PASSWORD", "HOST")
    url = reference.database_url({"PASSWORD": "geheim", "HOST": "db"})
    assert (url.reveal(), str(url)) == ("postgresql://shop:geheim@db/shop", "postgresql://shop:****@db/shop")


@pytest.mark.parametrize("environment", [{}, {"SHOP_DATABASE_URL": ""}])
def test_a_name_that_is_not_set_is_named_with_its_place(environment: dict[str, str]) -> None:
    """The user learns which line asks for which variable."""
    with pytest.raises(ConfigurationError) as caught:
        Reference("${SHOP_DATABASE_URL}", "strangler.toml:3:1").resolve(environment)
    assert str(caught.value) == (
        "strangler.toml:3:1: the environment variable SHOP_DATABASE_URL is not set; run: export SHOP_DATABASE_URL=..."
    )


@pytest.mark.parametrize(
    "text",
    [
        'invalid percent-encoded token: "p%zz"',
        "connection to postgresql://shop:p%zz@host/shop failed",
        "password=p%zz is wrong",
    ],
)
def test_no_driver_tells_the_password(text: str) -> None:
    """In whatever form it repeats what it was given."""
    assert "p%zz" not in DatabaseUrl("postgresql://shop:p%zz@host/shop").unveiled(text)


@pytest.mark.parametrize(
    ("password", "said", "shown"),
    [
        ("open@sesame", "failed to resolve host 'sesame@host'", "failed to resolve host '****@host'"),
        ("open%40sesame", "open@sesame is wrong", "**** is wrong"),
        ("p/sesame", 'invalid integer value "p" for the port', 'invalid integer value "****" for the port'),
        ("sesame", "the host does not answer", "the host does not answer"),
    ],
)
def test_no_part_of_a_password_is_told(password: str, said: str, shown: str) -> None:
    """Where reserved characters are not escaped, a driver takes a part of it for something else."""
    assert DatabaseUrl(f"postgresql://shop:{password}@host/shop").unveiled(said) == shown


def test_a_password_among_the_parameters_is_not_told() -> None:
    """It may stand there, too."""
    url = DatabaseUrl("postgresql://host/shop?user=shop&password=sesame")
    assert url.unveiled("sesame is wrong") == "**** is wrong"
