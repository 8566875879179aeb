"""Slot of the buying group that a role or a job title stands for (spec 2.3).

Plain Python, so that what reads a CRM can use it as well as what computes.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import get_args

from kpis.vocabulary import Slot

SLOTS: tuple[Slot, ...] = get_args(Slot)
"""In the order in which they are tried: decider before insider."""


def slot_of_roles(roles: Sequence[str], buying_roles: Mapping[str, Slot]) -> Slot | None:
    """Slot of a contact with these buying roles; with roles of both slots, decider."""
    found = {buying_roles.get(role) for role in roles}
    return next((slot for slot in SLOTS if slot in found), None)


def slot_of_title(title: str | None, job_titles: Mapping[Slot, tuple[str, ...]]) -> Slot | None:
    """Slot whose words stand in a title; when words of both do, decider.

    Case does not matter. A word stands in the title when no letter or digit touches it: a hyphen,
    a slash and an underscore part words (directeur-eigenaar, vice-president), a letter with a
    diaeresis does not.
    """
    if not title:
        return None
    folded = _folded(title)
    for slot in SLOTS:
        pattern = _pattern(tuple(job_titles.get(slot, ())))
        if pattern is not None and pattern.search(folded):
            return slot
    return None


def _folded(text: str) -> str:
    """Text in one spelling: composed letters, no case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Any of the words between what is neither letter nor digit; None when there are no words."""
    folded = [re.escape(word) for word in map(_folded, words) if word]
    if not folded:
        return None
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(folded)})(?![^\W_])")
