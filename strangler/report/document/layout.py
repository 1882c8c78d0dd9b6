"""Where everything stands on the map: rectangles in rectangles, sized by what they hold.

Rows of rectangles as near to squares as they get: Bruls, Huizing, van Wijk, "Squarified treemaps" (2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

WORLD = (16_000, 9_000)
"""Width and height of the map, in units of which a screen shows about ten a pixel."""
TITLE = 300
GAP = 40


class BoxKind(IntEnum):
    """What a rectangle stands for."""

    GROUP = 0
    PACKAGE = 1
    STORE = 2
    """The tables of a group, together."""
    MODULE = 3
    TABLE = 4


STRETCH = {BoxKind.STORE: 3.0}
"""How many times as wide as high the parts of a rectangle would best be: names are read along."""
STRETCH_ELSE = 1.4


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle to be placed, with what it holds; `number` is that of its group, module or table."""

    kind: BoxKind
    number: int
    name: str
    weight: float
    parts: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Left, top, width, height in units of the map."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, gap: float, title: float) -> Rectangle:
        """What is left for the contents: a gap all around, a title on top, together never most of it."""
        side = min(gap, self.width * 0.1, self.height * 0.1)
        top = min(title, self.height * 0.2)
        return Rectangle(self.x + side, self.y + top, self.width - 2 * side, self.height - top - side)


@dataclass(frozen=True, slots=True)
class Box:
    """A placed rectangle in whole units; `parent` is its number in the list of boxes, -1 outermost."""

    area: Area
    parent: int
    x: int
    y: int
    width: int
    height: int


def placed(areas: Sequence[Area]) -> list[Box]:
    """Every rectangle with those it holds behind it, outer ones first."""
    boxes: list[Box] = []
    _place(areas, Rectangle(0, 0, *WORLD), -1, boxes, STRETCH_ELSE)
    return boxes


def _place(areas: Sequence[Area], within: Rectangle, parent: int, boxes: list[Box], stretch: float) -> None:
    narrow = Rectangle(within.x / stretch, within.y, within.width / stretch, within.height)
    for area, found in squarified(areas, narrow):
        rectangle = Rectangle(found.x * stretch, found.y, found.width * stretch, found.height)
        gap = min(GAP / 2, rectangle.width * 0.04, rectangle.height * 0.04)
        left, top = round(rectangle.x + gap), round(rectangle.y + gap)
        right, bottom = round(rectangle.x + rectangle.width - gap), round(rectangle.y + rectangle.height - gap)
        box = Box(area, parent, left, top, max(1, right - left), max(1, bottom - top))
        boxes.append(box)
        if area.parts:
            title = TITLE if area.kind is BoxKind.GROUP else TITLE * 0.6
            inner = Rectangle(box.x, box.y, box.width, box.height).inside(GAP, title)
            _place(area.parts, inner, len(boxes) - 1, boxes, STRETCH.get(area.kind, STRETCH_ELSE))


def squarified(areas: Sequence[Area], within: Rectangle) -> Iterator[tuple[Area, Rectangle]]:
    """The areas in a rectangle, largest first, equal ones by name; together they fill it."""
    order = sorted(areas, key=lambda area: (-area.weight, area.name, area.kind))
    total = sum(area.weight for area in order)
    if not order or total <= 0:
        return
    scale = within.width * within.height / total
    start = 0
    while start < len(order):
        side = min(within.width, within.height)
        end, row = _row(order, start, side, scale)
        if within.width >= within.height:
            thickness = row / within.height if within.height else 0.0
            yield from _laid(order[start:end], within, thickness, scale, across=False)
            within = Rectangle(within.x + thickness, within.y, max(0.0, within.width - thickness), within.height)
        else:
            thickness = row / within.width if within.width else 0.0
            yield from _laid(order[start:end], within, thickness, scale, across=True)
            within = Rectangle(within.x, within.y + thickness, within.width, max(0.0, within.height - thickness))
        start = end


def _row(order: Sequence[Area], start: int, side: float, scale: float) -> tuple[int, float]:
    """Where the row that begins at `start` ends, and its area: as long as that makes its worst part no flatter."""
    end, total = start, 0.0
    worst = float("inf")
    while end < len(order):
        size = order[end].weight * scale
        grown = total + size
        largest, smallest = order[start].weight * scale, size
        now = max(side * side * largest / (grown * grown), grown * grown / (side * side * smallest)) if side else 0.0
        if end > start and now > worst:
            break
        worst, total, end = now, grown, end + 1
    return end, total


def _laid(
    row: Sequence[Area], within: Rectangle, thickness: float, scale: float, *, across: bool
) -> Iterator[tuple[Area, Rectangle]]:
    x, y = within.x, within.y
    for area in row:
        length = area.weight * scale / thickness if thickness else 0.0
        if across:
            yield area, Rectangle(x, y, length, thickness)
            x += length
        else:
            yield area, Rectangle(x, y, thickness, length)
            y += length
