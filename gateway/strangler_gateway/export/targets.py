"""Exports a plan as configuration of other proxies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from strangler.model.json_value import JsonObject
from strangler_gateway.export.envoy.configuration import static_configuration
from strangler_gateway.export.envoy.gaps import envoy_gaps
from strangler_gateway.export.gaps import Gap
from strangler_gateway.export.kubernetes.gateway_api import gateway_api, gateway_api_gaps
from strangler_gateway.export.kubernetes.istio import istio, istio_gaps
from strangler_gateway.export.nginx.configuration import nginx_text
from strangler_gateway.export.nginx.gaps import nginx_gaps
from strangler_gateway.export.setting import ExportSetting


class ExportTarget(StrEnum):
    """The proxy the configuration is for."""

    ENVOY = "envoy"
    NGINX = "nginx"
    GATEWAY_API = "gateway-api"
    ISTIO = "istio"


@dataclass(frozen=True, slots=True)
class Exported:
    """A configuration as text, and its gaps: what of the plan it does not do as the gateway does."""

    text: str
    gaps: tuple[Gap, ...]


def export(target: ExportTarget, setting: ExportSetting) -> Exported:
    """Write a plan for another proxy; the same setting gives the same text."""
    write, gaps = _WRITERS[target]
    return Exported(write(setting), tuple(gaps(setting)))


def _json(configuration: Callable[[ExportSetting], JsonObject]) -> Callable[[ExportSetting], str]:
    """Return a function that writes a configuration as indented JSON."""

    def written(setting: ExportSetting) -> str:
        return msgspec.json.format(msgspec.json.encode(configuration(setting)), indent=2).decode() + "\n"

    return written


_WRITERS: Mapping[ExportTarget, tuple[Callable[[ExportSetting], str], Callable[[ExportSetting], list[Gap]]]] = {
    ExportTarget.ENVOY: (_json(static_configuration), envoy_gaps),
    ExportTarget.NGINX: (nginx_text, nginx_gaps),
    ExportTarget.GATEWAY_API: (_json(gateway_api), gateway_api_gaps),
    ExportTarget.ISTIO: (_json(istio), istio_gaps),
}
