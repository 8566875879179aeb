"""Section 2.2 read plainly: the index and who is top."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

from kpis.parameters import Parameters
from tests.reference.clock import Clock
from tests.reference.deals import order_of
from tests.reference.edits import Edits
from tests.reference.money import Row
from tests.reference.potentials import Worth


def percentile(values: list[Fraction], percent: int) -> Fraction:
    """Linear interpolation between the nearest ranks."""
    ordered = sorted(values)
    place = Fraction((len(ordered) - 1) * percent, 100)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


class Tops:
    """Who is top (2.2)."""

    def __init__(self, parameters: Parameters, clock: Clock, edits: Edits, history: Any) -> None:
        """Take our own history."""
        self.rules, self.clock, self.edits = parameters.top_relation, clock, edits
        self.spells: dict[str, list[Row]] = defaultdict(list)
        for spell in history.memberships.iter_rows(named=True):
            if spell["from_on"] < clock.today:
                ends = spell["until_on"]
                is_open = ends is None or ends >= clock.today
                self.spells[spell["relation_id"]].append(
                    {**spell, "until_on": None if is_open else ends}
                )
        reviews = [
            row for row in history.reviews.iter_rows(named=True) if row["reviewed_on"] < clock.today
        ]
        self.first_known = min((row["reviewed_on"] for row in reviews), default=None)
        last = max((row["reviewed_on"] for row in reviews), default=None)
        self.is_review = last is None or last < clock.today.replace(day=1)
        self.frozen = (
            {} if self.is_review else {r["group"]: r for r in reviews if r["reviewed_on"] == last}
        )

    def read(self, companies: list[Row], worths: dict[str, Worth]) -> None:
        """Set index, basis and first day of every relation."""
        groups = self._groups(companies, worths)
        for members in groups.values():
            for company in members[1]:
                self._set_index(worths[company["relation_id"]], members[0])
        bars = {
            group: self._bars(group, self._against(base, worths, means))
            for group, (means, _, base) in groups.items()
        }
        ranks = self._ranks(companies, worths)
        for group, (_, members, _) in groups.items():
            for company in members:
                key = company["relation_id"]
                self._decide(company, worths[key], bars[group], ranks.get(key))

    def _groups(self, companies: list[Row], worths: dict[str, Worth]) -> dict[str, Any]:
        """Means, members and base of every group; the empty text is the whole base."""
        known: dict[str, int] = defaultdict(int)
        for company in companies:
            if worths[company["relation_id"]].revenue is not None:
                known[company["segment"] or ""] += 1

        def group_of(company: Row) -> str:
            segment: str = company["segment"] or ""
            if self.rules.group_by == "none":
                return ""
            if self.is_review:
                return segment if known[segment] >= self.rules.min_group else ""
            return segment if segment in self.frozen else ""

        found: dict[str, Any] = {}
        for group in {*(group_of(company) for company in companies), ""}:
            members = [company for company in companies if group_of(company) == group]
            base = (
                companies if not group else [c for c in companies if (c["segment"] or "") == group]
            )
            found[group] = (self._means(group, base, worths), members, base)
        return found

    def _means(self, group: str, base: list[Row], worths: dict[str, Worth]) -> Any:
        if not self.is_review:
            frozen = self.frozen.get(group, {})
            means = (frozen.get("mean_revenue"), frozen.get("mean_margin"))
            return [None if value is None else Fraction(value) for value in means]
        found = []
        for name in ("revenue", "margin"):
            values = [getattr(worths[company["relation_id"]], name) for company in base]
            kept = [value for value in values if value is not None]
            found.append(sum(kept, Fraction(0)) / len(kept) if kept else None)
        return found

    def _against(self, base: list[Row], worths: dict[str, Worth], means: Any) -> list[Worth]:
        """The base of a group with indexes against the means of that group."""
        found = [replace(worths[company["relation_id"]]) for company in base]
        for worth in found:
            self._set_index(worth, means)
        return found

    def _set_index(self, worth: Worth, means: Any) -> None:
        pairs = []
        for value, mean, weight in (
            (worth.revenue, means[0], self.rules.weights.revenue),
            (worth.margin, means[1], self.rules.weights.margin),
        ):
            if value is not None and mean is not None and mean > 0:
                pairs.append((value / mean, Fraction(weight)))
        if worth.revenue is None or means[0] is None or means[0] <= 0:
            return
        worth.parts = [part for part, _ in pairs]
        if len(pairs) == 1:
            worth.index = worth.parts[0]
            return
        total = sum((weight for _, weight in pairs), Fraction(0))
        if total > 0:
            worth.index = sum((part * weight for part, weight in pairs), Fraction(0)) / total

    def _bars(self, group: str, base: list[Worth]) -> tuple[Any, Any]:
        """Index above which a relation enters and below which a member leaves."""
        enter, leave = Fraction(self.rules.enter), Fraction(self.rules.exit)
        indexes = [worth.index for worth in base if worth.index is not None]
        frozen = None if self.is_review else self.frozen.get(group, {})
        if self.rules.rule == "median":
            middle = median(indexes) if indexes else None
            if frozen is not None:
                middle = frozen.get("median_index")
            return (
                (None, None)
                if middle is None
                else (
                    enter * Fraction(middle),
                    leave * Fraction(middle),
                )
            )
        if self.rules.rule == "percentile":
            if frozen is not None:
                return frozen.get("enter_index"), frozen.get("leave_index")
            if not indexes:
                return None, None
            high, low = self.rules.percentile
            return percentile(indexes, high), percentile(indexes, low)
        return enter, leave

    def _ranks(self, companies: list[Row], worths: dict[str, Worth]) -> dict[str, int]:
        of_seller: dict[str, list[str]] = defaultdict(list)
        for company in companies:
            if worths[company["relation_id"]].index is not None:
                of_seller[company["owner"]].append(company["relation_id"])
        ranks = {}
        for keys in of_seller.values():
            keys.sort(key=lambda key: (-(worths[key].index or 0), order_of(key)))
            ranks.update({key: place for place, key in enumerate(keys, 1)})
        return ranks

    def _meets(self, worth: Worth, bars: tuple[Any, Any], rank: int | None) -> bool:
        if worth.index is None or (worth.margin is not None and worth.margin <= 0):
            return False
        rule = self.rules.rule
        if rule == "top_n":
            return rank is not None and rank <= (self.rules.top_n or 0)
        if bars[0] is None:
            return False
        if rule == "both":
            return all(part > bars[0] for part in worth.parts)
        return bool(worth.index >= bars[0] if rule == "percentile" else worth.index > bars[0])

    def _stays(self, worth: Worth, bars: tuple[Any, Any], rank: int | None) -> bool:
        if not self.is_review:
            return True
        if worth.index is None:
            return False
        rule = self.rules.rule
        if rule == "top_n":
            limit = Fraction(self.rules.top_n or 0) * Fraction(self.rules.top_n_stay)
            return rank is not None and rank <= limit
        if bars[1] is None:
            return False
        if rule == "both":
            return all(part >= bars[1] for part in worth.parts)
        return bool(worth.index >= bars[1])

    def _decide(self, company: Row, worth: Worth, bars: tuple[Any, Any], rank: int | None) -> None:
        key = company["relation_id"]
        present = [spell for spell in self.spells[key] if spell["until_on"] is None]
        is_held = any(spell["basis"] in {"rule", "buffer"} for spell in present)
        override = self._override(company, worth)
        is_flagged = bool(company["target_account"])
        if override == "never":
            worth.basis = "none"
        elif override == "always":
            worth.basis = "manual"
        elif self.rules.crm_flag != "ignore" and is_flagged:
            worth.basis = "crm_flag"
        elif self.rules.crm_flag == "only":
            worth.basis = "none"
        elif self._meets(worth, bars, rank):
            worth.basis = "rule"
        elif is_held and self._stays(worth, bars, rank):
            worth.basis = "buffer"
        if worth.is_top:
            worth.since = self._since(key)

    def _override(self, company: Row, worth: Worth) -> str:
        choice = company["top_relation_override"] or "auto"
        if choice == "auto":
            return "auto"
        edited = self.edits.latest(
            company["relation_id"], "top_relation_override", "top_relation_override_until"
        )
        ends = []
        if edited is not None:
            ends.append(self.clock.day(edited) + timedelta(days=self.rules.override_max_days))
        if company["top_relation_override_until"] is not None:
            ends.append(company["top_relation_override_until"])
        if not (company["top_relation_override_reason"] or "").strip():
            worth.warnings.append("override_no_reason")
        if ends and self.clock.today > min(ends):
            worth.warnings.append("override_expired")
        return "auto" if worth.warnings else choice

    def _since(self, key: str) -> date:
        """First day of the membership that lasts to this day, whatever its basis."""
        since = self.clock.today
        for spell in sorted(self.spells[key], key=lambda spell: spell["from_on"], reverse=True):
            if spell["until_on"] is not None and spell["until_on"] < since:
                break
            since = spell["from_on"]
        return since

    def was_top(self, key: str, day: date, *, is_top_now: bool) -> bool:
        """Membership at a day where our history has it, else at present."""
        if self.first_known is None or day < self.first_known or day >= self.clock.today:
            return is_top_now
        return any(
            spell["from_on"] <= day and (spell["until_on"] is None or day < spell["until_on"])
            for spell in self.spells[key]
        )
