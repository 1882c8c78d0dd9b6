"""The shop of the analyzer's tests, analysed and saved, with the command line to ask it."""

from __future__ import annotations

from pathlib import Path

from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from tests.analyzers.shop_facts import shop_facts


def save_shop(folder: Path) -> Path:
    """Save the shop's graph below a folder; return the folder."""
    save_facts(ArtefactStore.beside(folder), shop_facts())
    return folder
