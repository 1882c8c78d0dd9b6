"""Columns that mixins of other packages bring.

Authlib's of OAuth 2.0 (`authlib.integrations.sqla_oauth2`, 1.6), and those of OpenStack's oslo.db
(`oslo_db.sqlalchemy.models`, 18).
"""

from __future__ import annotations

from strangler.model.tables import Column
from strangler_analyzers.frameworks.sqlalchemy.columns import MappedColumn


def _column(name: str, kind: str, *, nullable: bool = True) -> MappedColumn:
    return MappedColumn(name, Column(name, kind, nullable))


_CLIENT_ID = _column("client_id", "String")
_SCOPE = _column("scope", "Text")
_OSLO: dict[str, tuple[MappedColumn, ...]] = {
    "TimestampMixin": (_column("created_at", "DateTime"), _column("updated_at", "DateTime")),
    "SoftDeleteMixin": (_column("deleted_at", "DateTime"), _column("deleted", "SoftDeleteInteger")),
}
_AUTHLIB: dict[str, tuple[MappedColumn, ...]] = {
    "OAuth2ClientMixin": (
        _CLIENT_ID,
        _column("client_secret", "String"),
        _column("client_id_issued_at", "Integer", nullable=False),
        _column("client_secret_expires_at", "Integer", nullable=False),
        MappedColumn("_client_metadata", Column("client_metadata", "Text", nullable=True)),
    ),
    "OAuth2AuthorizationCodeMixin": (
        _column("code", "String", nullable=False),
        _CLIENT_ID,
        _column("redirect_uri", "Text"),
        _column("response_type", "Text"),
        _SCOPE,
        _column("nonce", "Text"),
        _column("auth_time", "Integer", nullable=False),
        _column("acr", "Text"),
        _column("amr", "Text"),
        _column("code_challenge", "Text"),
        _column("code_challenge_method", "String"),
    ),
    "OAuth2TokenMixin": (
        _CLIENT_ID,
        _column("token_type", "String"),
        _column("access_token", "String", nullable=False),
        _column("refresh_token", "String"),
        _SCOPE,
        _column("issued_at", "Integer", nullable=False),
        _column("access_token_revoked_at", "Integer", nullable=False),
        _column("refresh_token_revoked_at", "Integer", nullable=False),
        _column("expires_in", "Integer", nullable=False),
    ),
}
_PACKAGES: dict[str, dict[str, tuple[MappedColumn, ...]]] = {
    "authlib.integrations.sqla_oauth2.": _AUTHLIB,
    "oslo_db.sqlalchemy.models.": _OSLO,
}


def mixin_columns(path: str) -> tuple[MappedColumn, ...]:
    """The columns that a class outside the program brings; none of any other class."""
    name = path.rpartition(".")[2]
    return next((columns.get(name, ()) for package, columns in _PACKAGES.items() if path.startswith(package)), ())
