"""KPI 3: pains and gains on record, real and fresh (spec 4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import polars as pl

from kpis.calendar import age_days, day_of, local_day
from kpis.frames import COUNT, EXACT, FLAG, TEXT, Mirror, Schema, by_id
from kpis.freshness import freshness, value_since
from kpis.item import Item, item_of, items_of
from kpis.parameters import Boilerplate, PainsGains, PainsGainsSource, Parameters
from kpis.rounding import exact, quotient
from kpis.vocabulary import ObjectType

KINDS: Final = ("pain", "gain")

ENTRIES: Schema = {
    "relation_id": TEXT,
    "kind": TEXT,
    "source": TEXT,
    "record_id": TEXT,
    "text": TEXT,
}
ITEMS: Schema = {
    "relation_id": TEXT,
    "kind": TEXT,  # pain or gain
    "source": TEXT,
    "text": TEXT,  # normalised
    "is_counted": FLAG,
    "reason": TEXT,  # why it does not count; null: it counts
    "is_specific": FLAG,
}
SET: Schema = {"relation_id": TEXT, "set_on": pl.Date()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PainsGainsResults:
    """Pains and gains of every relation of the universe.

    Attributes:
        relations: `relation_id`, `pains_count`, `gains_count`, `pains_gains_complete`,
            `pains_gains_updated_on` (null: never filled), `pg_freshness` (exact; null: never
            filled), `pg_score` (exact; 0: never filled), `is_boilerplate` (one of its items is).
        items: `ITEMS`, per relation in the order in which they were weighed. They hold what people
            wrote and never leave our own pages.
    """

    relations: pl.DataFrame
    items: pl.DataFrame


def measures_pains_gains(mirror: Mirror, parameters: PainsGains) -> bool:
    """Whether any place where pains and gains live can be read (spec 0: else they are blank)."""
    objects: Mapping[PainsGainsSource, ObjectType] = {
        "company_text": "companies",
        "company_options": "companies",
        "deal_text": "deals",
        "contact_text": "contacts",
    }
    return any(objects[source] in mirror.readable for source in parameters.sources)


def pains_gains(
    relations: pl.DataFrame,
    mirror: Mirror,
    deal_relations: pl.DataFrame,
    confirmed: pl.DataFrame,
    parameters: Parameters,
    *,
    as_of: datetime,
    option_labels: Mapping[str, str] | None = None,
) -> PainsGainsResults:
    """Count the pains and gains of each relation and weigh them by their age.

    Args:
        relations: the universe, with the columns of `COMPANIES`.
        mirror: texts of deals and contacts, companies of contacts, changes.
        deal_relations: `deal_id` and `relation_id` (null: of no relation).
        confirmed: `relation_id` and `confirmed_on`, confirmations of the profile that count.
        parameters: sections `pains_gains` and `reporting`.
        as_of: aware UTC. Texts are taken as they are now, their changes up to then.
        option_labels: label by option value; a value that it does not hold is its own label.
    """
    rules = parameters.pains_gains
    links = _links(relations, mirror, deal_relations)
    entries = _entries(relations, mirror, links, rules)
    items = _judged(_items(entries, rules, option_labels or {}), relations, rules)
    changed = _changed_on(mirror, links, parameters, as_of=as_of)
    today = day_of(as_of, parameters.reporting.timezone)
    given = (
        relations.select("relation_id")
        .join(_counts(items), on="relation_id", how="left")
        .join(changed, on="relation_id", how="left")
        .join(confirmed, on="relation_id", how="left")
        .join(
            entries.select(pl.col("relation_id").unique(), is_filled=True),
            on="relation_id",
            how="left",
        )
    )
    return PainsGainsResults(relations=_scored(given, rules, today), items=items)


def _entries(
    relations: pl.DataFrame,
    mirror: Mirror,
    links: Mapping[PainsGainsSource, pl.DataFrame],
    rules: PainsGains,
) -> pl.DataFrame:
    """Texts and options of the sources in use, in the order in which their items are weighed."""
    records = {
        "deal_text": mirror.deals.rename({"deal_id": "record_id"}),
        "contact_text": mirror.contacts.rename({"contact_id": "record_id"}),
    }
    companies = relations.rename({"relation_id": "record_id"})
    parts = [pl.DataFrame(schema=ENTRIES)]
    for kind in KINDS:
        for source in dict.fromkeys(rules.sources):
            texts = _texts(records.get(source, companies), kind, source)
            own_links = links[source].join(texts, on="record_id", how="semi").unique()
            parts.append(
                texts.join(own_links, on="record_id", maintain_order="left")
                .sort(by_id("record_id"), maintain_order=True)
                .select(*ENTRIES)
            )
    places = relations.select("relation_id").with_row_index("place")
    entries = pl.concat(parts).with_row_index("row").join(places, on="relation_id")
    return entries.sort("place", "row").select(*ENTRIES)


def _texts(records: pl.DataFrame, kind: str, source: PainsGainsSource) -> pl.DataFrame:
    """Filled texts of one kind and source; of options one row each."""
    field = _field(kind, source)
    if source == "company_options":
        records = records.select("record_id", field).explode(field)
    return records.select(
        "record_id",
        kind=pl.lit(kind),
        source=pl.lit(source),
        text=pl.col(field).str.strip_chars().replace("", None),
    ).drop_nulls("text")


def _field(kind: str, source: PainsGainsSource) -> str:
    """Neutral name of the field of one kind and source."""
    return f"{kind}s_options" if source == "company_options" else f"{kind}s"


def _links(
    relations: pl.DataFrame, mirror: Mirror, deal_relations: pl.DataFrame
) -> dict[PainsGainsSource, pl.DataFrame]:
    """Relations of the records of each source: `record_id`, `relation_id`."""
    companies = relations.select(record_id="relation_id", relation_id="relation_id")
    deals = deal_relations.select(record_id="deal_id", relation_id="relation_id")
    contacts = mirror.contact_companies.select(record_id="from_id", relation_id="relation_id")
    return {
        "company_text": companies,
        "company_options": companies,
        "deal_text": deals.drop_nulls(),
        "contact_text": contacts.drop_nulls(),
    }


def _items(
    entries: pl.DataFrame, rules: PainsGains, option_labels: Mapping[str, str]
) -> pl.DataFrame:
    """Items of all entries, judged by themselves and against the others of the relation."""
    is_option = pl.col("source") == "company_options"
    by_text = {
        text: items_of(text, parameters=rules)
        for text in entries.filter(~is_option)["text"].unique()
    }
    by_option = {
        option: (item_of(option_labels.get(option, option), parameters=rules),)
        for option in entries.filter(is_option)["text"].unique()
    }

    def rows() -> Iterator[tuple[str, str, str, str, str | None, bool]]:
        present, kept = None, _Kept(rules.same_item_overlap)
        for relation_id, kind, source, _, text in entries.iter_rows():
            if relation_id != present:
                present, kept = relation_id, _Kept(rules.same_item_overlap)
            for item in by_option[text] if source == "company_options" else by_text[text]:
                reason = item.dropped or kept.reason_against(kind, item)
                yield relation_id, kind, source, item.text, reason, item.is_specific

    columns = {name: dtype for name, dtype in ITEMS.items() if name != "is_counted"}
    return pl.DataFrame(list(rows()), schema=columns, orient="row")


class _Kept:
    """Items of one relation that stand so far, against which the next one is held (4.2 step 3)."""

    def __init__(self, overlap: Decimal) -> None:
        self._numerator, self._denominator = overlap.as_integer_ratio()
        self._kinds: dict[str, str] = {}
        self._tokens: list[tuple[frozenset[str], str]] = []

    def reason_against(self, kind: str, item: Item) -> str | None:
        """Why the item is no new one; null: it is new, and stands from now on."""
        same = self._kinds.get(item.text)
        if same is not None:
            return "duplicate" if same == kind else "other_list"
        for tokens, like in self._tokens:
            if self._overlap(tokens, item.tokens):
                return "near_duplicate" if like == kind else "other_list"
        self._kinds[item.text] = kind
        self._tokens.append((item.tokens, kind))
        return None

    def _overlap(self, left: frozenset[str], right: frozenset[str]) -> bool:
        """Whether the shared part of all tokens is large enough; in whole numbers, so exactly."""
        shared = len(left & right)
        total = len(left) + len(right) - shared
        return shared * self._denominator >= self._numerator * total


def _judged(items: pl.DataFrame, relations: pl.DataFrame, rules: PainsGains) -> pl.DataFrame:
    """Items with what is boilerplate among them (4.2 step 4)."""
    owned = relations.select("relation_id", "owner")
    standing = items.join(owned, on="relation_id", how="left", maintain_order="left")
    boilerplate = _boilerplate(standing, owned, rules.boilerplate)
    is_new = pl.col("reason").is_null() & (pl.col("source") != "company_options")
    reason = (
        pl.when(is_new & pl.col("is_boilerplate").fill_null(value=False))
        .then(pl.lit("boilerplate"))
        .otherwise("reason")
    )
    return (
        standing.join(boilerplate, on=["owner", "text"], how="left", maintain_order="left")
        .with_columns(reason=reason)
        .with_columns(is_counted=pl.col("reason").is_null())
        .select(*ITEMS)
    )


def _boilerplate(standing: pl.DataFrame, owned: pl.DataFrame, limits: Boilerplate) -> pl.DataFrame:
    """Texts that stand on too many relations of one seller: `owner`, `text`, `is_boilerplate`."""
    portfolios = owned.group_by("owner").agg(owned=pl.len().cast(EXACT))
    says_something = pl.col("reason").ne_missing("placeholder")
    return (
        standing.filter(says_something & (pl.col("source") != "company_options"))
        .group_by("owner", "text")
        .agg(standing=pl.col("relation_id").n_unique().cast(EXACT))
        .join(portfolios, on="owner")
        .filter(
            (pl.col("standing") >= limits.min_relations)
            & (pl.col("standing") > exact(limits.share) * pl.col("owned"))
        )
        .select("owner", "text", is_boilerplate=True)
    )


def _changed_on(
    mirror: Mirror,
    links: Mapping[PainsGainsSource, pl.DataFrame],
    parameters: Parameters,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """Local day of the latest change of any text in use: `relation_id`, `set_on`.

    Emptying is a change. A text that was never filled has none, whenever it was first seen empty.
    """
    changes = {"deal_text": mirror.deal_changes, "contact_text": mirror.contact_changes}
    day = local_day(pl.col("set_at"), parameters.reporting.timezone)
    days = [pl.DataFrame(schema=SET)]
    for source in dict.fromkeys(parameters.pains_gains.sources):
        for kind in KINDS:
            since = _filled_since(
                changes.get(source, mirror.company_changes), _field(kind, source), as_of
            ).join(links[source], left_on="external_id", right_on="record_id")
            days.append(since.select("relation_id", set_on=day))
    return pl.concat(days).group_by("relation_id").agg(pl.col("set_on").max())


def _filled_since(changes: pl.DataFrame, field: str, as_of: datetime) -> pl.DataFrame:
    """`value_since` of the records on which the field was ever filled."""
    own = changes.filter(pl.col("field") == field)
    filled = own.filter((pl.col("changed_at") <= as_of) & (pl.col("value").str.strip_chars() != ""))
    return value_since(own.join(filled, on="external_id", how="semi"), field, as_of=as_of)


def _counts(items: pl.DataFrame) -> pl.DataFrame:
    """Counted items per relation, and whether one of its items is boilerplate."""
    counted = pl.col("is_counted")
    return items.group_by("relation_id").agg(
        pains_count=(counted & (pl.col("kind") == "pain")).sum().cast(COUNT),
        gains_count=(counted & (pl.col("kind") == "gain")).sum().cast(COUNT),
        is_boilerplate=(pl.col("reason") == "boilerplate").any(),
    )


def _scored(given: pl.DataFrame, rules: PainsGains, today: date) -> pl.DataFrame:
    """Completeness, freshness and score (4.2).

    A text that stands there without any known version got its value today at the latest.
    """
    pains, gains = pl.col("pains_count"), pl.col("gains_count")
    updated = pl.col("pains_gains_updated_on")
    dated = pl.when(updated.is_not_null()).then(pl.max_horizontal(updated, "confirmed_on"))
    cap = rules.cap_each
    points = (pains.clip(upper_bound=cap) + gains.clip(upper_bound=cap)).cast(EXACT)
    worth = pl.col("pg_freshness").fill_null(exact(Decimal(0)))
    return (
        given.with_columns(
            pains.fill_null(0),
            gains.fill_null(0),
            pl.col("is_boilerplate").fill_null(value=False),
            pains_gains_updated_on=pl.coalesce(
                "set_on", pl.when(pl.col("is_filled")).then(pl.lit(today))
            ),
        )
        .with_columns(pg_freshness=freshness(age_days(dated, today), rules.horizon))
        .select(
            "relation_id",
            "pains_count",
            "gains_count",
            pains_gains_complete=(pains >= rules.min_pains)
            & (gains >= rules.min_gains)
            & (pains + gains >= rules.min_total),
            pains_gains_updated_on=updated,
            pg_score=quotient(worth * points, pl.lit(2 * cap)),
            pg_freshness="pg_freshness",
            is_boilerplate="is_boilerplate",
        )
    )
