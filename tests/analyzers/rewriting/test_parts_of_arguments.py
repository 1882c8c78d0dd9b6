"""Changes inside of what a function is given, which a service that is asked would keep to itself."""

from __future__ import annotations

import ast

import pytest

from strangler_analyzers.rewriting.parts_of_arguments import part_changed


@pytest.mark.parametrize(
    "body",
    [
        'data["tags"].append("x")',
        'data["a"]["b"] = 1',
        'data.get("a")["b"] += 1',
        'del data["a"]["b"]',
        "for row in data:\n    row['done'] = True",
        "for number, row in enumerate(data):\n    row['done'] = number",
        "for value in data.values():\n    value.clear()",
        "data[0].sort()",
        "tags = data['tags']\nfirst = tags[0]\nfirst.add('x')",
        "if (tags := data.get('tags')):\n    tags.pop()",
        "[row.update(done=True) for row in data]",
        "data.owner.name = 'x'",
    ],
)
def test_a_change_inside_is_seen(body: str) -> None:
    """By way of whatever name it gets."""
    assert part_changed(ast.parse(body).body, "data")


@pytest.mark.parametrize(
    "body",
    [
        "return data['text'].strip().lower()",
        "tags = list(data['tags'])\nreturn len(tags)",
        "for row in data:\n    total += row['price']",
        "names = []\nfor row in data:\n    names.append(row['name'])",
        "other['a']['b'] = data['a']",
        "return {row['id']: row for row in data}",
        "when = data['when'].replace(tzinfo=None)",
    ],
)
def test_to_look_inside_is_no_change(body: str) -> None:
    """What a text or a moment gives is another one."""
    assert not part_changed(ast.parse(body).body, "data")
