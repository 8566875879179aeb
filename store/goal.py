"""Goals of sellers as the CRM keeps them (spec 5.4)."""

from collections.abc import Sequence

from sqlalchemy import Connection

from kpis.records import Goal
from store.row import to_ms, to_number, to_text
from store.statement import replace
from store.table import GOALS


def save_goals(connection: Connection, account: str, goals: Sequence[Goal]) -> bool:
    """Make these all goals of the account; returns whether anything differs."""
    rows = [
        {
            "account": account,
            "goal_id": goal.external_id,
            "seller_id": goal.owner,
            "goal_type": None if goal.goal_type is None else to_text(goal.goal_type),
            "starts_at": to_ms(goal.starts_at),
            "ends_at": to_ms(goal.ends_at),
            "amount": to_number(goal.amount),
        }
        for goal in goals
    ]
    return replace(connection, GOALS, [GOALS.c.account == account], rows)
