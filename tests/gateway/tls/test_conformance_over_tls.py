"""What a proxy must not break it does not break over TLS either, on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.conformance.cases import CASES, Case
from tests.gateway.conformance.faces import Face, Tls, passed, table
from tests.gateway.tls.authority import Authority

pytestmark = pytest.mark.anyio

TABLE = table()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """Certificates for both sides."""
    return Authority(Path(tmp_path_factory.mktemp("tls"))).both_sides()


@pytest.mark.parametrize("face", [Face.FAST, Face.RELAY])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.feature)
async def test_a_proxy_breaks_nothing_over_tls(case: Case, face: Face, tls: Tls) -> None:
    """The same table holds."""
    assert face in TABLE[case.feature]
    arrived, returned = await passed(face, case, tls)
    for part in case.arrives:
        assert part.replace(b"X-Forwarded-Proto: http\r\n", b"X-Forwarded-Proto: https\r\n") in arrived
    assert not any(part in arrived for part in case.missing)
    assert all(part in returned for part in case.returns)
    assert not any(part in returned for part in case.lacks)
