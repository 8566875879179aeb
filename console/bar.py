"""Small bars and marks for tables in a terminal, in plain ASCII where it can show no others."""

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from rich.console import Console

WIDTH = 5
"""Characters of a bar."""

_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL, _MORE = "█", "▸"

_RANKS = MappingProxyType(
    {
        "contact_status": ("ok", "due", "overdue", "never"),
        "phase_status": ("on_track", "at_risk", "stalled", "reverify"),
        "relation_score_band": ("good", "attention", "weak"),
    }
)
"""Values of a status from well to ill; the last of four asks for a look of its own."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a terminal can show.

    Attributes:
        is_plain: only ASCII.
    """

    is_plain: bool

    def bar(self, share: Decimal | None) -> str:
        """Bar of fixed width from 0 to 1, blank for None; a share above 1 ends in an arrow."""
        if share is None:
            return " " * WIDTH
        if share > 1:
            return self._of(_FULL, "#") * (WIDTH - 1) + self._of(_MORE, ">")
        eighths = int(max(share, Decimal(0)) * WIDTH * 8 + Decimal("0.5"))
        if self.is_plain:
            return ("#" * ((eighths + 4) // 8)).ljust(WIDTH, ".")
        whole, rest = divmod(eighths, 8)
        return (_FULL * whole + (_EIGHTHS[rest] if rest else "")).ljust(WIDTH)

    def mark(self, column: str, value: object) -> str:
        """Mark of a status, to stand before its label; empty where there is none."""
        ranks = _RANKS.get(column, ())
        if value not in ranks:
            return ""
        return self._of("●◐○!", "+~-!")[ranks.index(str(value))]

    def _of(self, drawn: str, plain: str) -> str:
        return plain if self.is_plain else drawn


def drawing_of(console: Console) -> Drawing:
    """What that console can show, by its encoding."""
    try:
        (_EIGHTHS + _FULL + _MORE + "●◐○").encode(console.encoding)
    except UnicodeEncodeError:
        return Drawing(is_plain=True)
    return Drawing(is_plain=False)


def legible(text: str, console: Console) -> str:
    """Text as that console can show it: a sign that its encoding lacks becomes another."""
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:
        known = text.replace("·", "-").encode(console.encoding, "replace")
        return known.decode(console.encoding)
    return text
