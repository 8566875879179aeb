"""What is told to a seller each week: own relations that changed, what to do, own figures.

No ranking and no comparison with others (spec 0, people data; 6.4, who sees what; 9.3).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from jobs.seller.week import Past, changed_relations
from kpis.frames import by_id

MOST_CHANGES = 5
MOST_ACTIONS = 5
NO_ACTION = "maintain"

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What is told to one seller.

    Attributes:
        since: last day of what the changes are measured against; None: nobody knows what stood.
        changes: the seller's own relations that changed, most important first, not all of them.
        changes_total: how many changed.
        actions: the seller's top relations to act on, the most promising first.
        figures: the seller's row of results.
        figures_before: the seller's row of `SELLER_DAYS` of then; None: there is none.
    """

    seller_id: str
    since: date | None
    changes: Sequence[Row]
    changes_total: int
    actions: Sequence[Row]
    figures: Row
    figures_before: Row | None


def recipients(sellers: pl.DataFrame, relations: pl.DataFrame) -> list[str]:
    """Sellers who own a top relation, by id: those to whom something is told."""
    owners = _owned(relations).filter("is_top_relation")["owner"].implode()
    chosen = sellers.filter(pl.col("seller_id").is_in(owners))
    return chosen.sort(by_id("seller_id"))["seller_id"].to_list()


def seller_digests(
    sellers: pl.DataFrame, relations: pl.DataFrame, past: Past | None, only: Collection[str]
) -> Iterator[Digest]:
    """Yield what is told to each of these sellers, in their order.

    Args:
        sellers: one row each, with the values of spec 7 and `seller_id`.
        relations: the universe with the values of spec 7, `relation_id`, `name` and `owner`.
        past: what stood before; None tells of no changes.
        only: ids of sellers, of `recipients`.
    """
    owned = _owned(relations).filter(pl.col("owner").is_in(list(only)))
    to_do = _by_owner(_to_do(owned))
    changed = _by_owner(changed_relations(owned, past)) if past else {}
    figures = {row["seller_id"]: row for row in sellers.to_dicts()}
    before = {row["seller_id"]: row for row in past.sellers.to_dicts()} if past else {}
    for seller_id in only:
        changes = changed.get(seller_id, [])
        yield Digest(
            seller_id=seller_id,
            since=past.day if past else None,
            changes=changes[:MOST_CHANGES],
            changes_total=len(changes),
            actions=to_do.get(seller_id, [])[:MOST_ACTIONS],
            figures=figures[seller_id],
            figures_before=before.get(seller_id),
        )


def _owned(relations: pl.DataFrame) -> pl.DataFrame:
    return relations.filter(pl.col("owner").is_not_null())


def _to_do(owned: pl.DataFrame) -> pl.DataFrame:
    """Top relations that need something, highest potential first."""
    return owned.filter(pl.col("is_top_relation") & (pl.col("next_best_action") != NO_ACTION)).sort(
        pl.col("potential_index"),
        *by_id("relation_id"),
        descending=[True, False, False],
        nulls_last=True,
    )


def _by_owner(rows: pl.DataFrame) -> dict[str, list[Row]]:
    """Rows by owner, in their order."""
    owners = rows.partition_by("owner", as_dict=True, maintain_order=True)
    return {str(owner): [*part.to_dicts()] for (owner,), part in owners.items()}
