"""The account as the CRM describes it, and the version of everything that compute reads."""

import json
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, tuple_, update

from kpis.records import Owner, Rate, Stage
from store.row import Row, to_number, to_text
from store.statement import replace, upsert
from store.table import ACCOUNTS, COMPANIES, DEALS, OWNERS, RATES, STAGES, PulledType


def add_account(connection: Connection, account: str) -> None:
    """Give the account its row, unless another process did so just now."""
    if read_account(connection, account) is None:
        row = {"account": account, "mirror_version": 0, "currency": None, "readable": None}
        upsert(connection, ACCOUNTS, [row])


def read_account(connection: Connection, account: str) -> Row | None:
    """Row of the account; None when this store does not know it."""
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.account == account)).mappings()
    found = row.one_or_none()
    return None if found is None else dict(found)


def read_version(connection: Connection, account: str) -> int:
    """Version of everything that compute reads."""
    statement = select(ACCOUNTS.c.mirror_version).where(ACCOUNTS.c.account == account)
    return int(connection.scalars(statement).one())


def raise_version(connection: Connection, account: str) -> None:
    """Say that something that compute reads has changed."""
    connection.execute(_RAISE, {"of_account": account})


_RAISE: Final = (
    update(ACCOUNTS)
    .where(ACCOUNTS.c.account == bindparam("of_account"))
    .values(mirror_version=ACCOUNTS.c.mirror_version + 1)
)


def save_description(
    connection: Connection,
    account: str,
    *,
    owners: Sequence[Owner],
    stages: Sequence[Stage],
    rates: Sequence[Rate],
    currency: str | None,
    readable: Collection[PulledType],
) -> bool:
    """Make the account what the CRM says; returns whether anything differs.

    A stage that the CRM no longer names stays, for deals and their past still do; it counts as
    archived.
    """
    known = read_account(connection, account)
    row = {"currency": currency, "readable": json.dumps(sorted(readable))}
    differs = known is None or any(known[name] != value for name, value in row.items())
    if differs:
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.account == account).values(row))
    for table, rows in (
        (OWNERS, [_owner_row(account, owner) for owner in owners]),
        (RATES, [_rate_row(account, rate) for rate in rates]),
        (
            STAGES,
            _with_former([_stage_row(account, stage) for stage in stages], connection, account),
        ),
    ):
        differs |= replace(connection, table, [table.c.account == account], rows)
    return differs


def _with_former(rows: list[Row], connection: Connection, account: str) -> list[Row]:
    named = {(row["pipeline"], row["stage"]) for row in rows}
    stood = connection.execute(select(STAGES).where(STAGES.c.account == account)).mappings()
    former = [dict(row) for row in stood if (row["pipeline"], row["stage"]) not in named]
    return rows + [row | {"is_archived": 1} for row in former]


def _owner_row(account: str, owner: Owner) -> Row:
    return {
        "account": account,
        "external_id": owner.external_id,
        "name": to_text(owner.name),
        "is_archived": int(owner.is_archived),
    }


def _rate_row(account: str, rate: Rate) -> Row:
    return {
        "account": account,
        "currency": rate.currency,
        "valid_from": rate.valid_from.isoformat(),
        "rate": to_number(rate.rate),
    }


def _stage_row(account: str, stage: Stage) -> Row:
    return {
        "account": account,
        "pipeline": stage.pipeline,
        "stage": stage.stage,
        "pipeline_label": to_text(stage.pipeline_label),
        "label": to_text(stage.label),
        "display_order": stage.display_order,
        "probability": None if stage.probability is None else to_number(stage.probability),
        "is_won": int(stage.is_won),
        "is_lost": int(stage.is_lost),
        "is_archived": int(stage.is_archived),
    }


def read_owners(connection: Connection, account: str) -> tuple[Owner, ...]:
    """Owners by id."""
    statement = select(OWNERS).where(OWNERS.c.account == account).order_by(OWNERS.c.external_id)
    return tuple(
        Owner(row.external_id, row.name, is_archived=bool(row.is_archived))
        for row in connection.execute(statement)
    )


def count_deals_by_stage(connection: Connection, account: str) -> dict[tuple[str, str], int]:
    """How many deals stand in each stage, by pipeline and stage."""
    pipeline, stage = DEALS.c.pipeline, DEALS.c.stage
    statement = (
        select(pipeline, stage, func.count())
        .where(DEALS.c.account == account, pipeline.is_not(None), stage.is_not(None))
        .group_by(pipeline, stage)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(statement)}


def read_unknown_words(connection: Connection, account: str) -> list[str]:
    """Owners and stages that records name and the account does not tell of."""
    owners = select(OWNERS.c.external_id).where(OWNERS.c.account == account)
    found = {
        f"owner {owner}"
        for table in (COMPANIES, DEALS)
        for owner in connection.scalars(
            select(table.c.owner)
            .where(table.c.account == account, table.c.owner.not_in(owners))
            .distinct()
        )
    }
    stages = select(STAGES.c.pipeline, STAGES.c.stage).where(STAGES.c.account == account)
    of_deals = (
        select(DEALS.c.pipeline, DEALS.c.stage)
        .where(DEALS.c.account == account)
        .where(tuple_(DEALS.c.pipeline, DEALS.c.stage).not_in(stages))
        .distinct()
    )
    found |= {f"stage {row.pipeline}/{row.stage}" for row in connection.execute(of_deals)}
    return sorted(found)


def read_stages(connection: Connection, account: str) -> tuple[Stage, ...]:
    """Stages by pipeline and place; those that the CRM deleted are among them, archived."""
    statement = (
        select(STAGES)
        .where(STAGES.c.account == account)
        .order_by(STAGES.c.pipeline, STAGES.c.display_order, STAGES.c.stage)
    )
    return tuple(_to_stage(dict(row)) for row in connection.execute(statement).mappings())


def _to_stage(row: Row) -> Stage:
    return Stage(
        pipeline=row["pipeline"],
        stage=row["stage"],
        pipeline_label=row["pipeline_label"],
        label=row["label"],
        display_order=row["display_order"],
        probability=None if row["probability"] is None else Decimal(row["probability"]),
        is_won=bool(row["is_won"]),
        is_lost=bool(row["is_lost"]),
        is_archived=bool(row["is_archived"]),
    )
