"""What a store forgets: runs and days of long ago, and what hangs on records that are gone."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, delete, func, select

from store.description import raise_version
from store.health import HANGING, is_of_none
from store.journal import prune_journal
from store.row import to_ms
from store.table import REJECTIONS, RUNS


def prune(
    connection: Connection,
    account: str,
    *,
    runs_from: datetime,
    keep_daily_from: date,
    journal_from: datetime | None = None,
) -> Mapping[str, int]:
    """Forget what is older, or belongs to nothing; returns how many rows of what.

    What a run wrote over is never kept for longer than the run; `journal_from` shortens it.

    The newest run always stays, for the next number follows from it. Versions and memberships of
    records that exist are kept for ever: nobody can tell them again.
    """
    from store.mirror import prune_days  # noqa: PLC0415 - loads Polars

    newest = select(func.max(RUNS.c.run_id)).where(RUNS.c.account == account).scalar_subquery()
    is_old = (
        RUNS.c.account == account,
        RUNS.c.started_at < to_ms(runs_from),
        RUNS.c.run_id < newest,
    )
    of_old = REJECTIONS.c.run_id.in_(select(RUNS.c.run_id).where(*is_old))
    rejections = delete(REJECTIONS).where(REJECTIONS.c.account == account, of_old)
    undone_from = max(runs_from, journal_from or runs_from)
    removed = {
        "journal": prune_journal(connection, account, runs_from=undone_from),
        "rejections": connection.execute(rejections).rowcount,
        "runs": connection.execute(delete(RUNS).where(*is_old)).rowcount,
        "days": prune_days(connection, account, keep_daily_from=keep_daily_from),
    }
    for what, (table, _, _) in HANGING.items():
        gone = connection.execute(delete(table).where(is_of_none(account, what))).rowcount
        removed[f"{what} of records that are gone"] = gone
    if any(count for what, count in removed.items() if what.endswith("gone")):
        raise_version(connection, account)
    return removed
