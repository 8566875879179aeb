"""The relations that the method looks at (spec 0, Universe)."""

import polars as pl

from kpis.frames import Mirror, by_id
from kpis.parameters import Parameters


def universe(mirror: Mirror, parameters: Parameters) -> pl.DataFrame:
    """Owned, active companies that are not our own and of no excluded type.

    Returns:
        Rows of `COMPANIES` in the order of their ids, with `owner_warning`: `owner_archived`,
        `owner_unknown` (the CRM does not know the owner) or null.
    """
    excluded = pl.col("type").is_in(parameters.universe.exclude_types).fill_null(value=False)
    own = pl.col("relation_id").is_in(parameters.universe.own_company_ids)
    owners = mirror.owners.select(owner="seller_id", is_known=True, is_archived="is_archived")
    return (
        mirror.companies.filter(pl.col("owner").is_not_null() & ~excluded & ~own)
        .join(owners, on="owner", how="left")
        .with_columns(
            owner_warning=pl.when(pl.col("is_known").is_null())
            .then(pl.lit("owner_unknown"))
            .when("is_archived")
            .then(pl.lit("owner_archived"))
        )
        .drop("is_known", "is_archived")
        .sort(by_id("relation_id"))
    )
