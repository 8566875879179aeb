"""Chapter 4 read plainly: from texts to pains and gains that count."""

import html
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from kpis.parameters import PainsGains
from tests.reference.deals import order_of

BLOCKS = (
    "address|article|aside|blockquote|br|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|"
    "h1|h2|h3|h4|h5|h6|header|hr|li|main|nav|ol|p|pre|section|table|td|th|tr|ul"
)
BLOCK_TAG = re.compile(rf"</?(?:{BLOCKS})\b[^>]*>", re.IGNORECASE)
OTHER_TAG = re.compile(r"</?[a-zA-Z!][^>]*>")
SEPARATOR = re.compile("[\r\n;•‣◦▪●·]")
LEADING = re.compile(r"^\s*(?:[-*•–—]|\d+[.)](?!\d))\s*")


@dataclass(frozen=True)
class Item:
    """One pain or gain: its normalised text and whether it is an option of a checkbox."""

    text: str
    is_option: bool

    @property
    def tokens(self) -> frozenset[str]:
        """Runs of letters or digits."""
        return frozenset(re.findall(r"[^\W_]+", self.text))


def split(text: str | None) -> list[str]:
    """Parts of a text (step 1)."""
    if text is None:
        return []
    plain = html.unescape(OTHER_TAG.sub("", BLOCK_TAG.sub("\n", text)))
    parts = []
    for part in SEPARATOR.split(plain):
        kept = part
        while (shorter := LEADING.sub("", kept)) != kept:
            kept = shorter
        parts.append(kept.strip())
    return parts


def normalised(text: str) -> str:
    """NFKC, casefolded, spaces collapsed, punctuation at the ends trimmed (step 2)."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    start, end = 0, len(folded)
    while start < end and _is_trimmed(folded[start]):
        start += 1
    while end > start and _is_trimmed(folded[end - 1]):
        end -= 1
    return folded[start:end]


def _is_trimmed(character: str) -> bool:
    return character.isspace() or unicodedata.category(character).startswith("P")


def placeholder_words(parameters: PainsGains) -> set[str]:
    return {normalised(word) for word in parameters.placeholders}


def says_nothing(text: str, parameters: PainsGains) -> bool:
    """Whether a normalised text is a placeholder (step 2)."""
    letters = [character for character in text if character.isalpha()]
    is_one_character = len(set(text.replace(" ", ""))) <= 1
    is_short = len(letters) < parameters.min_letters
    is_without_letters = not letters
    return (
        is_short or is_without_letters or is_one_character or text in placeholder_words(parameters)
    )


@dataclass
class Insight:
    """Pains and gains of one relation."""

    pains: list[Item] = field(default_factory=list)
    gains: list[Item] = field(default_factory=list)
    standing: list[Item] = field(default_factory=list)  # all that step 2 leaves
    is_boilerplate: bool = False
    updated_at: datetime | None = None

    def is_complete(self, parameters: PainsGains) -> bool:
        return (
            len(self.pains) >= parameters.min_pains
            and len(self.gains) >= parameters.min_gains
            and len(self.pains) + len(self.gains) >= parameters.min_total
        )

    def amount(self, parameters: PainsGains) -> Fraction:
        """The capped counts as a share of what they can be at most."""
        cap = parameters.cap_each
        return Fraction(min(len(self.pains), cap) + min(len(self.gains), cap), 2 * cap)


def distinct(
    pains: Iterable[Item], gains: Iterable[Item], parameters: PainsGains
) -> tuple[list[Item], list[Item]]:
    """Items that differ from every one before them, pains first (step 3)."""
    kept: list[tuple[str, Item]] = []
    for kind, items in (("pain", pains), ("gain", gains)):
        for item in items:
            if not any(is_same(item, other, parameters) for _, other in kept):
                kept.append((kind, item))
    return [item for kind, item in kept if kind == "pain"], [
        item for kind, item in kept if kind == "gain"
    ]


def is_same(one: Item, other: Item, parameters: PainsGains) -> bool:
    if one.text == other.text:
        return True
    together = one.tokens | other.tokens
    if not together:
        return False
    overlap = Fraction(len(one.tokens & other.tokens), len(together))
    return overlap >= Fraction(parameters.same_item_overlap)


def read_items(sources: Iterable[tuple[Any, bool]], parameters: PainsGains) -> list[Item]:
    """Items of several texts or sets of options that say something."""
    found = []
    for source, is_option in sources:
        parts = list(source or ()) if is_option else split(source)
        for part in parts:
            text = normalised(part)
            if not says_nothing(text, parameters):
                found.append(Item(text, is_option))
    return found


def drop_boilerplate(
    insights: dict[str, Insight], owners: dict[str, str], parameters: PainsGains
) -> None:
    """Leave out texts that stand on too many relations of one seller (step 4)."""
    of_seller: dict[str, list[str]] = defaultdict(list)
    for relation_id, owner in owners.items():
        of_seller[owner].append(relation_id)
    for relation_ids in of_seller.values():
        count = Counter(
            text
            for key in relation_ids
            for text in {item.text for item in insights[key].standing if not item.is_option}
        )
        limit = parameters.boilerplate
        common = {
            text
            for text, number in count.items()
            if number >= limit.min_relations and number > Fraction(limit.share) * len(relation_ids)
        }
        for key in relation_ids:
            insight = insights[key]
            for name in ("pains", "gains"):
                items = getattr(insight, name)
                kept = [item for item in items if item.is_option or item.text not in common]
                insight.is_boilerplate |= len(kept) < len(items)
                setattr(insight, name, kept)


def by_id(rows: Iterable[Any], key: str) -> list[Any]:
    return sorted(rows, key=lambda row: order_of(row[key]))
