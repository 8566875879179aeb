"""Goals of sellers, and the daily snapshots per relation and per seller."""

import json

from alembic import op
from sqlalchemy import BigInteger, Column, SmallInteger, Text, text

revision = "v0002"
down_revision = "v0001"


def upgrade() -> None:
    """Create the tables; what stands stays as it is."""
    op.create_table(
        "goals",
        Column("account", Text, primary_key=True),
        Column("goal_id", Text, primary_key=True),
        Column("seller_id", Text, nullable=False),
        Column("goal_type", Text),
        Column("starts_at", BigInteger, nullable=False),
        Column("ends_at", BigInteger, nullable=False),
        Column("amount", Text, nullable=False),
    )
    op.create_table(
        "relation_days",
        Column("account", Text, primary_key=True),
        Column("relation_id", Text, primary_key=True),
        Column("from_on", Text, primary_key=True),
        Column("is_top_relation", SmallInteger),
        Column("top_relation_basis", Text),
        Column("buying_phase", Text),
        Column("phase_status", Text),
        Column("relation_score", BigInteger),
        Column("profile_completeness", Text),
        Column("contact_status", Text),
        Column("pains_gains_complete", SmallInteger),
        Column("next_best_action", Text),
    )
    op.create_index("relation_days_by_day", "relation_days", ["account", "from_on"])
    op.create_table(
        "seller_days",
        Column("account", Text, primary_key=True),
        Column("seller_id", Text, primary_key=True),
        Column("from_on", Text, primary_key=True),
        Column("top_relations_total", BigInteger),
        Column("top_relations_contacted", BigInteger),
        Column("kpi1", BigInteger),
        Column("contact_coverage", Text),
        Column("kpi1_ratio", Text),
        Column("team_coverage", Text),
        Column("focus_share", Text),
        Column("avg_profile_completeness", Text),
        Column("pg_coverage", Text),
        Column("phase_coverage", Text),
        Column("stalled_count", BigInteger),
        Column("revenue_ytd", Text),
        Column("pace", Text),
        Column("seller_score", BigInteger),
    )
    op.create_index("seller_days_by_day", "seller_days", ["account", "from_on"])
    _date_roles_and_titles()


def _date_roles_and_titles() -> None:
    """Give what contacts have a first version: it is as old as our knowledge of it.

    From now on it matters since when a contact has its role and title, and a value without any
    version would be of today for ever.
    """
    connection = op.get_bind()
    rows = connection.execute(
        text("SELECT account, external_id, seen_at, buying_role, job_title FROM contacts")
    ).all()
    versions = [
        {"account": account, "id": external_id, "field": field, "at": seen_at, "value": value}
        for account, external_id, seen_at, roles, title in rows
        for field, value in (
            ("buying_role", ";".join(json.loads(roles or "[]")) or None),
            ("job_title", title),
        )
        if value is not None
    ]
    if versions:
        connection.execute(
            text(
                "INSERT INTO versions (account, object_type, external_id, field, changed_at, value,"
                " is_by_person, is_seen, was_asked)"
                " VALUES (:account, 'contacts', :id, :field, :at, :value, 1, 1, 0)"
            ),
            versions,
        )
