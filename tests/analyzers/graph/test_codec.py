"""The saved graph."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.errors import InputError
from strangler.model.system import SystemFacts
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import decode_facts, encode_facts, load_facts, save_facts
from strangler_analyzers.graph.errors import DamagedGraphError
from tests.analyzers.shop_facts import shop_facts


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    """Saved and loaded facts are equal."""
    store = ArtefactStore(tmp_path)
    save_facts(store, shop_facts())
    assert load_facts(store) == shop_facts()


def test_equal_facts_give_equal_bytes() -> None:
    """One line, header first."""
    content = encode_facts(shop_facts())
    assert content == encode_facts(shop_facts())
    assert content.startswith(b'{"schema":"strangler.graph","version":2,"facts":{"root":"shop",')
    assert content.endswith(b"}\n")
    assert content.count(b"\n") == 1


# Source files and names are text without lone surrogates, whatever else they hold.
@given(st.builds(SystemFacts, st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_facts_survive(facts: SystemFacts) -> None:
    """Built from the types alone."""
    assert decode_facts(encode_facts(facts)) == facts


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"entry_points":', b"", "damaged graph file"),
        (b'"kind":"signal"', b'"kind":"telepathy"', "$.facts.calls["),
        (b'"lines":', b'"lnes":', "$.facts.modules["),
        (b"shop.utils", b"shop\xff\xfe", "damaged graph file"),
        (b'{"root"', b"[" * 5000, "damaged graph file"),
    ],
    ids=["syntax", "unknown word", "missing field", "not UTF-8", "nested"],
)
def test_damage_is_named(old: bytes, new: bytes, reason: str) -> None:
    """The error says where the file stops making sense, and what to do."""
    with pytest.raises(DamagedGraphError) as caught:
        decode_facts(encode_facts(shop_facts()).replace(old, new, 1), "x/graph.json")
    assert reason in str(caught.value)
    assert str(caught.value).startswith("x/graph.json: ")
    assert str(caught.value).endswith("run `strangler analyze` again")


def test_half_a_file_is_damaged() -> None:
    """A copy that was interrupted."""
    content = encode_facts(shop_facts())
    with pytest.raises(DamagedGraphError, match="truncated"):
        decode_facts(content[: len(content) // 2])


@pytest.mark.parametrize(("version", "remedy"), [(3, "install a newer strangler"), (1, "run: strangler analyze")])
def test_another_version_is_refused(tmp_path: Path, version: int, remedy: str) -> None:
    """A newer file asks for a newer strangler, an older one for another analysis."""
    store = ArtefactStore(tmp_path)
    content = encode_facts(shop_facts()).replace(b'"version":2', b'"version":%d' % version, 1)
    store.write(store.graph_path, content)
    with pytest.raises(InputError, match=remedy):
        load_facts(store)
