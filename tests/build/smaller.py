"""Write a picture of a page with a palette: the same to the eye, in half the room.

Pages have few colours; where they are more than 256, the most common ones stay, and of the others
those that differ most from them; the rest go to the nearest.
Reads what Chromium writes: 8 bits, RGB or RGBA, not interlaced.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COMMON, MOST = 192, 256
Color = tuple[int, int, int]


def make_smaller(path: Path) -> None:
    """Write the picture anew, with a palette."""
    width, height, colors = _read(path)
    palette = _palette(Counter(colors))
    index = {color: number for number, color in enumerate(palette)}
    for color in set(colors) - index.keys():
        index[color] = min(range(len(palette)), key=partial(_far, palette, color))
    rows = bytes(index[color] for color in colors)
    lines = b"".join(b"\0" + rows[at : at + width] for at in range(0, len(rows), width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(channel for color in palette for channel in color)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    path.write_bytes(SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts))


def _palette(counts: Counter[Color]) -> list[Color]:
    """The common colours, and of the rare ones those that nothing in the palette comes near."""
    palette = [color for color, _ in counts.most_common(COMMON)]
    far = {
        color: min(_far(palette, color, at) for at in range(len(palette)))
        for color in counts.keys() - set(palette)
    }
    while far and len(palette) < MOST:
        chosen = max(sorted(far), key=lambda color: far[color] * counts[color])
        palette.append(chosen)
        del far[chosen]
        far = {color: min(known, _far([chosen], color, 0)) for color, known in far.items()}
    return palette


def _read(path: Path) -> tuple[int, int, list[Color]]:
    chunks = dict.fromkeys((b"IHDR", b"IDAT"), b"")
    for kind, content in _chunks(path.read_bytes()):
        chunks[kind] = chunks.get(kind, b"") + content
    width, height, _, kind_of_color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    size = {2: 3, 6: 4}[kind_of_color]
    data, stride = zlib.decompress(chunks[b"IDAT"]), width * size
    colors: list[Color] = []
    line = bytearray(stride)
    for row in range(height):
        start = row * (stride + 1)
        line = _unfiltered(data[start], data[start + 1 : start + 1 + stride], line, size)
        colors += [(line[at], line[at + 1], line[at + 2]) for at in range(0, stride, size)]
    return width, height, colors


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        yield content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def _unfiltered(method: int, line: bytes, above: bytearray, size: int) -> bytearray:
    """Bytes of one line from what its filter left (the PNG specification, 9.2)."""
    found = bytearray(line)
    for at, value in enumerate(line):
        left = found[at - size] if at >= size else 0
        corner = above[at - size] if at >= size else 0
        up = above[at]
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[method]
        found[at] = (value + guess) & 255
    return found


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


def _far(palette: list[Color], color: Color, number: int) -> int:
    """How far a colour of the palette is from another one."""
    return sum((a - b) ** 2 for a, b in zip(palette[number], color, strict=True))
