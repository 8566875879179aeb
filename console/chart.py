"""Small charts as inline SVG: pure functions from numbers to markup, without script or colour.

Colours stand in the style sheet, by class. Every chart is one picture with a name (`title`) and a
description that says the same in words (`desc`), so that nobody needs to see it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from markupsafe import Markup

Number = Decimal | int

BAR_SIZE = BAR_WIDTH, BAR_HEIGHT = 180, 20
TRACK_TOP, TRACK_HEIGHT = 4, 12
STACK_SIZE = STACK_WIDTH, STACK_HEIGHT = 520, 30
LINE_SIZE = LINE_WIDTH, LINE_HEIGHT = 150, 30
LINE_PADDING = 4
DIGIT_WIDTH = 11
"""Room that one digit of a count takes in a stacked bar, with air around it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole.

    Attributes:
        label: what people read.
        count: size, >= 0.
        style: class in the style sheet.
    """

    label: str
    count: int
    style: str


def stacked_bar(parts: Sequence[Part], *, title: str) -> Markup:
    """Parts of a whole side by side, in their order; each wide enough holds its count.

    Without anything to show only the empty frame is drawn.
    """
    total = sum(part.count for part in parts)
    described = ", ".join(f"{part.label} {part.count}" for part in parts)
    shapes, left = [], 0.0
    for part in parts:
        width = STACK_WIDTH * part.count / total if total else 0.0
        if width:
            shapes.append(_segment(part, left, width))
        left += width
    frame = Markup('<rect class="frame" x="0.5" y="0.5" width="{}" height="{}"/>').format(
        STACK_WIDTH - 1, STACK_HEIGHT - 1
    )
    drawn = Markup().join([*shapes, frame])
    return _picture("stack", STACK_SIZE, drawn, title=title, description=described)


def _segment(part: Part, left: float, width: float) -> Markup:
    shape = Markup('<rect class="{}" x="{:.1f}" y="0.5" width="{:.1f}" height="{}"/>').format(
        part.style, left, width, STACK_HEIGHT - 1
    )
    if width < DIGIT_WIDTH * (len(str(part.count)) + 1):
        return shape
    count = Markup('<text class="on-{}" x="{:.1f}" y="{}">{}</text>').format(
        part.style, left + width / 2, STACK_HEIGHT / 2 + 5, part.count
    )
    return shape + count


def ratio_bar(
    share: Decimal, *, title: str, description: str = "", marks: Sequence[Decimal] = ()
) -> Markup:
    """Bar from 0 to 1 with marks, such as a target; a share above 1 ends in an arrow.

    A share below 0 leaves the bar empty: its number stands beside it.
    """
    inside = BAR_WIDTH - 2
    filled = inside * _within(share)
    shapes = [
        Markup('<rect class="track" x="1" y="{}" width="{}" height="{}"/>').format(
            TRACK_TOP, inside, TRACK_HEIGHT
        ),
        Markup('<rect class="fill" x="1" y="{}" width="{:.1f}" height="{}"/>').format(
            TRACK_TOP, filled, TRACK_HEIGHT
        ),
    ]
    if share > 1:
        shapes.append(_arrow())
    shapes += [_mark(1 + inside * _within(mark)) for mark in marks]
    return _picture("bar", BAR_SIZE, Markup().join(shapes), title=title, description=description)


def _within(share: Decimal) -> float:
    return float(min(max(share, Decimal(0)), Decimal(1)))


def _arrow() -> Markup:
    """Sign at the end of a full bar: there is more."""
    right, top = BAR_WIDTH - 4, TRACK_TOP + 2
    half = TRACK_HEIGHT / 2 - 2
    return Markup('<path class="more" d="M{} {} l{} {} l{} {} z"/>').format(
        right - half, top, half, half, -half, half
    )


def _mark(x: float) -> Markup:
    """Line across the bar with a small roof, so that it is seen on the fill and beside it."""
    return Markup(
        '<path class="mark-edge" d="M{x:.1f} 0 V{height}"/>'
        '<path class="mark" d="M{x:.1f} 0 V{height} M{west:.1f} 0.5 H{east:.1f}"/>'
    ).format(x=x, west=x - 3, east=x + 3, height=BAR_HEIGHT)


def sparkline(
    values: Sequence[Number | None], *, title: str, description: str, span: Number
) -> Markup:
    """Line through values at equal distances, with a dot on the last one.

    Args:
        values: oldest first; None: unknown, the line is broken there.
        title: name of the picture.
        description: the same in words.
        span: least height of the picture in units of the value, > 0, so that a ripple does not
            look like a wave.
    """
    points = list(_points(values, span=float(span)))
    shapes = [_run(run) for run in _unbroken(points)]
    if points and points[-1] is not None:
        shapes.append(_dot(points[-1], style="last"))
    return _picture("line", LINE_SIZE, Markup().join(shapes), title=title, description=description)


Point = tuple[float, float]


def _points(values: Sequence[Number | None], *, span: float) -> Iterator[Point | None]:
    known = [float(value) for value in values if value is not None]
    if not known:
        return
    middle = (min(known) + max(known)) / 2
    height = max(max(known) - min(known), span)
    step = (LINE_WIDTH - 2 * LINE_PADDING) / max(len(values) - 1, 1)
    room = LINE_HEIGHT - 2 * LINE_PADDING
    for index, value in enumerate(values):
        if value is None:
            yield None
        else:
            rise = (float(value) - middle) / height
            yield LINE_PADDING + index * step, LINE_HEIGHT / 2 - rise * room


def _unbroken(points: Sequence[Point | None]) -> Iterator[list[Point]]:
    for is_known, run in groupby(points, key=lambda point: point is not None):
        if is_known:
            yield [point for point in run if point is not None]


def _run(run: Sequence[Point]) -> Markup:
    if len(run) == 1:
        return _dot(run[0], style="lone")
    path = " ".join(f"L{x:.1f} {y:.1f}" for _, (x, y) in pairwise(run))
    x, y = run[0]
    return Markup('<path class="course" d="M{:.1f} {:.1f} {}"/>').format(x, y, path)


def _dot(point: Point, *, style: str) -> Markup:
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="2.5"/>').format(style, *point)


def _picture(
    style: str, size: tuple[int, int], shapes: Markup, *, title: str, description: str
) -> Markup:
    width, height = size
    words = Markup("<desc>{}</desc>").format(description) if description else Markup()
    return Markup(
        '<svg class="{style}" role="img" viewBox="0 0 {width} {height}" width="{width}"'
        ' height="{height}"><title>{title}</title>{words}{shapes}</svg>'
    ).format(style=style, width=width, height=height, title=title, words=words, shapes=shapes)


def swatch(style: str) -> Markup:
    """Small square in the colour of a part, for a legend; it says nothing by itself."""
    return Markup(
        '<svg class="swatch" aria-hidden="true" viewBox="0 0 14 14" width="14" height="14">'
        '<rect class="{}" x="0.5" y="0.5" width="13" height="13"/></svg>'
    ).format(style)
