"""The layout of the map: nested rectangles, sized by what they contain.

Each row is chosen so that its rectangles are nearly square: Bruls, Huizing, van Wijk, "Squarified treemaps" (2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

WORLD = (16_000, 9_000)
"""Width and height of the map, in units of which a screen shows about ten per pixel."""
TITLE = 300
GAP = 40


class BoxKind(IntEnum):
    """What a rectangle represents."""

    GROUP = 0
    PACKAGE = 1
    STORE = 2
    """All tables of a group."""
    MODULE = 3
    TABLE = 4


STRETCH = {BoxKind.STORE: 3.0}
"""The preferred ratio of width to height for the parts of a rectangle: names need width."""
STRETCH_ELSE = 1.4


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle to place, with its contents; `number` is that of its group, module or table."""

    kind: BoxKind
    number: int
    name: str
    weight: float
    parts: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Left, top, width and height, in units of the map."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, gap: float, title: float) -> Rectangle:
        """The space for the contents: without a gap all around and a title on top, which never take most of it."""
        side = min(gap, self.width * 0.1, self.height * 0.1)
        top = min(title, self.height * 0.2)
        return Rectangle(self.x + side, self.y + top, self.width - 2 * side, self.height - top - side)


@dataclass(frozen=True, slots=True)
class Box:
    """A placed rectangle in whole units; `parent` is its index in the list of boxes, -1 for an outermost one."""

    area: Area
    parent: int
    x: int
    y: int
    width: int
    height: int


def placed(areas: Sequence[Area]) -> list[Box]:
    """Every rectangle, each followed by those it contains."""
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
    """Place the areas in a rectangle, largest first and equal ones by name; together they fill it."""
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
    """The end of the row that begins at `start`, and its area; it grows until its worst shape would get flatter."""
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
