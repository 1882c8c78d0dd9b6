"""What hatchling runs before the distribution is packed: builds the front end, and compiles the gateway if wanted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))
import build_frontend
import compile_gateway

del sys.path[0]


class WheelHook(BuildHookInterface):  # pyright: ignore[reportMissingTypeArgument] - the plugin takes no configuration
    """Completes the package before the wheel, editable or not, is made."""

    def dependencies(self) -> list[str]:
        """What has to be installed for that and is not there."""
        return [*build_frontend.needed(Path(self.root)), *(compile_gateway.NEEDS if compile_gateway.wanted() else ())]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is not there yet; an editable installation is never compiled."""
        checkout = Path(self.root)
        if not build_frontend.skipped():
            build_frontend.build(checkout)
        if compile_gateway.wanted() and version != "editable":
            modules = compile_gateway.compiled(checkout, checkout / "build" / "compiled-gateway")
            build_data["force_include"].update(modules)
            build_data["infer_tag"] = True
            build_data["pure_python"] = False
