"""The signed header."""

import time
from typing import Any

import jwt
import pytest
from conftest import KEY, Shop
from reviews_service.config import Config
from reviews_service.errors import SettingError

MINE = "/api/me/reviews"


def test_visitors_have_no_header(shop: Shop) -> None:
    answer = shop.visitor("GET", MINE)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Token")
    assert answer.json() == {"error": "log in or send a token"}


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": time.time() - 65},
        {"iat": time.time() + 65},
        {"nbf": time.time() + 65},
        {"exp": None},
        {"aud": "orders"},
        {"iss": "somebody"},
        {"who": {"name": "Ada"}},
        {"who": "Ada"},
    ],
)
def test_other_claims_get_401_even_where_visitors_may_read(
    shop: Shop, claims: dict[str, Any]
) -> None:
    answer = shop.visitor("GET", "/api/products/1/reviews", shop.ada.identity(**claims))
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "the identity header is not valid"},
    )


def test_a_gateway_whose_clock_differs_a_little_is_believed(shop: Shop) -> None:
    for difference in (-55, 55):
        now = time.time() + difference
        answer = shop.visitor("GET", MINE, shop.ada.identity(iat=now, nbf=now, exp=now + 1))
        assert answer.status_code == 200


def test_other_signatures_get_401(shop: Shop) -> None:
    claims = jwt.decode(
        shop.ada.identity()["X-Strangler-Identity"], KEY, ["HS256"], audience="reviews"
    )
    for token in (jwt.encode(claims, "x" * 40), jwt.encode(claims, "", "none"), "nonsense", ""):
        answer = shop.visitor("GET", MINE, {"X-Strangler-Identity": token})
        assert answer.status_code == 401


def test_settings_must_be_there_and_secrets_stay_secret() -> None:
    with pytest.raises(SettingError, match="STRANGLER_IDENTITY_KEY"):
        Config.from_environment({"REVIEWS_DATABASE_URL": "sqlite:///x"})
    assert "secret" not in repr(Config("postgresql://me:secret@db/x", "secret"))
