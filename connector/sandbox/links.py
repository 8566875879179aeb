"""Associations: the type ids that HubSpot gives them, and the links of a portal.

Every link stands in both directions. A link carries type ids: the unlabelled one always, beside it
the primary one or one of the account's own labels.
Ids: https://developers.hubspot.com/docs (Associate records, table of March 2026).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count

PRIMARY = "Primary"
FIRST_OWN_ID = 1
NO_LINKS: Mapping[str, tuple[int, ...]] = {}

_ACTIVITIES = {
    # activity: (to company, from company, to contact, from contact, to deal, from deal)
    "calls": (182, 181, 194, 193, 206, 205),
    "emails": (186, 185, 198, 197, 210, 209),
    "meetings": (188, 187, 200, 199, 212, 211),
    "notes": (190, 189, 202, 201, 214, 213),
    "tasks": (192, 191, 204, 203, 216, 215),
    "communications": (87, 88, 81, 82, 85, 86),
    "postal_mail": (460, 459, 454, 453, 458, 457),
}

PLAIN_IDS: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("companies", "companies"): 450,
    ("contacts", "contacts"): 449,
    ("deals", "deals"): 451,
} | {
    pair: type_id
    for activity, ids in _ACTIVITIES.items()
    for pair, type_id in zip(
        (
            (activity, "companies"),
            ("companies", activity),
            (activity, "contacts"),
            ("contacts", activity),
            (activity, "deals"),
            ("deals", activity),
        ),
        ids,
        strict=True,
    )
}

PRIMARY_IDS: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}

HUBSPOT_IDS = frozenset({*PLAIN_IDS.values(), *PRIMARY_IDS.values()})
"""Type ids that no account can give to labels of its own."""


class Links:
    """All associations of a portal."""

    def __init__(self) -> None:
        self._links: defaultdict[tuple[str, str], dict[str, dict[str, tuple[int, ...]]]] = (
            defaultdict(dict)
        )
        self._own: dict[tuple[str, str], dict[int, str]] = {}
        # Few sets of type ids exist, so that millions of links can share them.
        self._sets: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._ids = count(FIRST_OWN_ID)

    def label_of(self, from_type: str, to_type: str, type_id: int) -> str | None:
        """Label of a type id; None for the unlabelled one.

        Raises:
            KeyError: the two types have no such id.
        """
        pair = (from_type, to_type)
        if type_id == PLAIN_IDS[pair]:
            return None
        if type_id == PRIMARY_IDS.get(pair):
            return PRIMARY
        return self._own[pair][type_id]

    def types(self, from_type: str, to_type: str) -> Iterator[tuple[int, str | None]]:
        """Type ids between two types with their labels, the unlabelled one first."""
        pair = (from_type, to_type)
        yield PLAIN_IDS[pair], None
        if pair in PRIMARY_IDS:
            yield PRIMARY_IDS[pair], PRIMARY
        yield from self._own.get(pair, {}).items()

    def type_of(self, from_type: str, to_type: str, label: str | None) -> int:
        """Type id of a label; an own label that is not known yet is made, with its inverse.

        Raises:
            ValueError: the two types can have no primary link.
        """
        pair = (from_type, to_type)
        if label is None:
            return PLAIN_IDS[pair]
        if label == PRIMARY:
            if pair not in PRIMARY_IDS:
                raise ValueError(f"portal: {from_type} to {to_type}: no primary link exists")
            return PRIMARY_IDS[pair]
        known = {text: type_id for type_id, text in self._own.get(pair, {}).items()}
        return known[label] if label in known else self._make(pair, label)

    def _make(self, pair: tuple[str, str], label: str) -> int:
        """Make an own label: an id per direction, one id between records of one type."""
        for either in dict.fromkeys([pair, pair[::-1]]):
            self._own.setdefault(either, {})[self._next_id()] = label
        return self.type_of(*pair, label)

    def add(
        self, from_type: str, from_id: str, to_type: str, to_id: str, label: str | None
    ) -> None:
        """Link two records; a second label on the same pair is added to the first.

        A record has one primary company at most: a new one takes the place of the old.
        """
        ends = ((from_type, from_id, to_type, to_id), (to_type, to_id, from_type, from_id))
        if label == PRIMARY and self.type_of(from_type, to_type, label):
            end = ends[0] if to_type == "companies" else ends[1]
            self._drop_primary(end[0], end[1])
        for one_type, one_id, other_type, other_id in ends:
            type_ids = {self.type_of(one_type, other_type, name) for name in (None, label)}
            row = self._links[one_type, other_type].setdefault(one_id, {})
            held = tuple(sorted(type_ids.union(row.get(other_id, ()))))
            row[other_id] = self._sets.setdefault(held, held)

    def remove(self, from_type: str, from_id: str, to_type: str, to_id: str) -> None:
        """Take a link away, with all its labels; nothing happens when there is none."""
        self._links[from_type, to_type].get(from_id, {}).pop(to_id, None)
        self._links[to_type, from_type].get(to_id, {}).pop(from_id, None)

    def of(self, from_type: str, from_id: str, to_type: str) -> Mapping[str, tuple[int, ...]]:
        """Type ids by the id of the linked record."""
        return self._links[from_type, to_type].get(from_id, NO_LINKS)

    def move(self, object_type: str, old_id: str, new_id: str) -> None:
        """Give all links of one record to another."""
        for other_type, other_id, labels in self.drop(object_type, old_id):
            if (other_type, other_id) != (object_type, new_id):
                self._readd(object_type, new_id, other_type, other_id, labels)

    def drop(self, object_type: str, record_id: str) -> list[tuple[str, str, list[str | None]]]:
        """Take all links of a record away and return them: type, id and labels."""
        dropped = [
            (
                other_type,
                other_id,
                [self.label_of(object_type, other_type, type_id) for type_id in type_ids],
            )
            for one_type, other_type in list(self._links)
            if one_type == object_type
            for other_id, type_ids in self.of(object_type, record_id, other_type).items()
        ]
        for other_type, other_id, _ in dropped:
            self.remove(object_type, record_id, other_type, other_id)
        return dropped

    def _readd(
        self, one_type: str, one_id: str, other_type: str, other_id: str, labels: list[str | None]
    ) -> None:
        for label in labels:
            keeps_primary = label == PRIMARY and self._has_primary(one_type, one_id, other_type)
            self.add(one_type, one_id, other_type, other_id, None if keeps_primary else label)

    def _has_primary(self, one_type: str, one_id: str, other_type: str) -> bool:
        if other_type != "companies":
            return False
        primary = PRIMARY_IDS.get((one_type, other_type))
        return any(
            primary in type_ids for type_ids in self.of(one_type, one_id, other_type).values()
        )

    def _drop_primary(self, from_type: str, from_id: str) -> None:
        row = self._links[from_type, "companies"].get(from_id, {})
        there, back = PRIMARY_IDS[from_type, "companies"], PRIMARY_IDS["companies", from_type]
        for company_id, type_ids in row.items():
            row[company_id] = tuple(known for known in type_ids if known != there)
            reverse = self._links["companies", from_type][company_id]
            reverse[from_id] = tuple(known for known in reverse[from_id] if known != back)

    def _next_id(self) -> int:
        return next(number for number in self._ids if number not in HUBSPOT_IDS)
