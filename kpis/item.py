"""Items in the texts that people write: one text, split, cleaned and judged (spec 4.2, 1 and 2).

Tags go first and entities after, so that a decoded `<` stays text.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from itertools import islice
from typing import Final, Literal

from kpis.parameters import PainsGains

# fmt: off
BLOCK_TAGS: Final = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})
# fmt: on
"""Tags that start a new line where they stand."""

HIDDEN_TAGS: Final = frozenset({"script", "style"})
"""Tags whose content nobody ever sees."""

BULLETS: Final = "•‣\u2043◦▪▫●○■□∙·\uf0b7\uf0a7"
"""Signs that start an item wherever they stand; the last two are how Word writes them."""

KEPT_AT_EDGES: Final = "%‰"
"""Punctuation by its Unicode class that says something."""

_SEPARATORS = re.compile(rf"[\n\r\v\f\x85\u2028\u2029;{BULLETS}]+")
_MARKERS = re.compile(
    r"""\A(?:\s
    | [-*\u2010-\u2015\u2212]                           # dashes and stars
    | \(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{2,4})\)   # 1) (1) 1.2) a) iv)
    | \d{1,3}(?:\.\d{1,3})*\.(?!\d)                     # 1. 1.2. but not 1.5
    )+""",
    re.VERBOSE | re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]\S*")
_SPECIFIC = re.compile(r"[\d€%]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a text.

    Attributes:
        text: normalised.
        tokens: its runs of letters or digits.
        dropped: why it never counts; null: it may count.
        is_specific: it has enough words, or a number, a euro or a percentage.
    """

    text: str
    tokens: frozenset[str]
    dropped: Literal["placeholder"] | None
    is_specific: bool


class _Lines(HTMLParser):
    """Text of a page, with a line break wherever a block starts or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break the line at a block; attributes say nothing."""
        del attrs
        self._hidden = tag in HIDDEN_TAGS
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        """Break the line at the end of a block."""
        self._hidden = False
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        """Keep text, in which the parser has decoded the entities."""
        if not self._hidden:
            self.parts.append(data)

    def _break_at(self, tag: str) -> None:
        if tag in BLOCK_TAGS:
            self.parts.append("\n")


def split_parts(text: str) -> tuple[str, ...]:
    """Parts of a text without their bullets and numbering; parts without anything are no parts."""
    rows = _SEPARATORS.split(_without_html(text))
    return tuple(part for part in map(_without_markers, rows) if part)


def _without_markers(row: str) -> str:
    markers = _MARKERS.match(row)
    return row[markers.end() if markers else 0 :].strip()


def _without_html(text: str) -> str:
    """Text without tags and then without entities; an unfinished tag is text.

    The parser takes quadratic time over unfinished tags, and no tag ends after the last `>`.
    """
    tagged, end, rest = text.rpartition(">")
    if "<" not in tagged:
        return unescape(text)
    lines = _Lines()
    lines.feed(tagged + end)
    lines.close()
    lines.handle_data(unescape(rest))
    return "".join(lines.parts)


def normalised(text: str) -> str:
    """Text in the form in which items are compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _trimmed(" ".join(folded.split()))


def _trimmed(text: str) -> str:
    """Text without spaces and punctuation at its edges."""
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_edge(character: str) -> bool:
    if character.isalnum() or character in KEPT_AT_EDGES:  # most are, and this is cheap to tell
        return False
    return character.isspace() or unicodedata.category(character).startswith("P")


def is_placeholder(text: str, placeholders: Iterable[str]) -> bool:
    """Whether a normalised text is, as a whole, one of the placeholders however it is written."""
    return text in _normalised_words(tuple(placeholders))


@lru_cache(maxsize=16)
def _normalised_words(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(normalised, words))


def items_of(text: str, *, parameters: PainsGains) -> tuple[Item, ...]:
    """Items of a text in their order, those that say nothing included."""
    return tuple(item_of(part, parameters=parameters) for part in split_parts(text))


def item_of(part: str, *, parameters: PainsGains) -> Item:
    """Item of one part of a text, or of the label of one option."""
    text = normalised(part)
    says_nothing = _says_nothing(text, parameters)
    return Item(
        text=text,
        tokens=frozenset(_TOKEN.findall(text)),
        dropped="placeholder" if says_nothing else None,
        is_specific=_is_specific(text, parameters.specific_min_words),
    )


def _says_nothing(text: str, parameters: PainsGains) -> bool:
    least = max(parameters.min_letters, 1)
    letters = tuple(islice(filter(str.isalpha, text), least))  # no more than the rule asks for
    return (
        len(letters) < least
        or text.count(text[0]) + text.count(" ") == len(text)  # one character, over and over
        or is_placeholder(text, parameters.placeholders)
    )


def _is_specific(text: str, min_words: int) -> bool:
    return _SPECIFIC.search(text) is not None or len(_WORD.findall(text)) >= min_words
