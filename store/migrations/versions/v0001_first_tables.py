"""First tables: mirror, own history, outbox, runs and state."""

from alembic import op
from sqlalchemy import BigInteger, Column, SmallInteger, Text

revision = "v0001"
down_revision = None


def upgrade() -> None:
    """Create all tables."""
    _create_records()
    _create_relations()
    _create_description()
    _create_positions()
    _create_own_history()
    _create_runs()


def _create_records() -> None:
    """What the CRM holds of each record."""
    op.create_table(
        "companies",
        Column("account", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("name", Text),
        Column("owner", Text),
        Column("owner_assigned_at", BigInteger),
        Column("type", Text),
        Column("segment", Text),
        Column("employees", Text),
        Column("annual_revenue", Text),
        Column("tier", Text),
        Column("target_account", SmallInteger),
        Column("lead_status", Text),
        Column("next_activity_at", BigInteger),
        Column("next_activity_on", Text),
        Column("cost_to_serve", Text),
        Column("pains_options", Text),
        Column("gains_options", Text),
        Column("annual_category_spend", Text),
        Column("spend_categories", Text),
        Column("purchase_frequency", Text),
        Column("annual_order_volume", Text),
        Column("order_volume_unit", Text),
        Column("current_suppliers", Text),
        Column("supplier_situation", Text),
        Column("pains", Text),
        Column("gains", Text),
        Column("phase_declared", Text),
        Column("phase_locked_until", Text),
        Column("top_relation_override", Text),
        Column("top_relation_override_reason", Text),
        Column("top_relation_override_until", Text),
        Column("profile_confirmed_on", Text),
        Column("modified_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
    )
    op.create_table(
        "contacts",
        Column("account", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("buying_role", Text),
        Column("job_title", Text),
        Column("has_email", SmallInteger),
        Column("is_bounced", SmallInteger),
        Column("phone_digits", BigInteger),
        Column("has_left", SmallInteger),
        Column("pains", Text),
        Column("gains", Text),
        Column("modified_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
    )
    op.create_table(
        "deals",
        Column("account", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("owner", Text),
        Column("owner_assigned_at", BigInteger),
        Column("pipeline", Text),
        Column("stage", Text),
        Column("amount", Text),
        Column("currency", Text),
        Column("exchange_rate", Text),
        Column("margin", Text),
        Column("closed_at", BigInteger),
        Column("closed_on", Text),
        Column("created_at", BigInteger),
        Column("lost_reason", Text),
        Column("pains", Text),
        Column("gains", Text),
        Column("modified_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
    )
    op.create_table(
        "activities",
        Column("account", Text, primary_key=True),
        Column("activity_type", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("occurred_at", BigInteger),
        Column("created_at", BigInteger),
        Column("ended_at", BigInteger),
        Column("owner", Text),
        Column("duration_ms", BigInteger),
        Column("outcome", Text),
        Column("direction", Text),
        Column("modified_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger, nullable=False),
    )


def _create_relations() -> None:
    """What hangs on records: links, versions of values, shares."""
    op.create_table(
        "links",
        Column("account", Text, primary_key=True),
        Column("from_type", Text, primary_key=True),
        Column("to_type", Text, primary_key=True),
        Column("from_id", Text, primary_key=True),
        Column("to_id", Text, primary_key=True),
        Column("is_primary", SmallInteger, nullable=False),
        Column("labels", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("links_by_target", "links", ["account", "to_type", "to_id"])
    op.create_table(
        "versions",
        Column("account", Text, primary_key=True),
        Column("object_type", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("field", Text, primary_key=True),
        Column("changed_at", BigInteger, primary_key=True, autoincrement=False),
        Column("value", Text),
        Column("is_by_person", SmallInteger, nullable=False),
        Column("is_seen", SmallInteger, nullable=False),
        Column("was_asked", SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "splits",
        Column("account", Text, primary_key=True),
        Column("deal_id", Text, primary_key=True),
        Column("owner", Text, primary_key=True),
        Column("share", Text, nullable=False),
    )


def _create_description() -> None:
    """The account as the CRM describes it."""
    op.create_table(
        "accounts",
        Column("account", Text, primary_key=True),
        Column("mirror_version", BigInteger, nullable=False),
        Column("currency", Text),
        Column("readable", Text),
    )
    op.create_table(
        "owners",
        Column("account", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("is_archived", SmallInteger, nullable=False),
    )
    op.create_table(
        "stages",
        Column("account", Text, primary_key=True),
        Column("pipeline", Text, primary_key=True),
        Column("stage", Text, primary_key=True),
        Column("pipeline_label", Text, nullable=False),
        Column("label", Text, nullable=False),
        Column("display_order", BigInteger, nullable=False),
        Column("probability", Text),
        Column("is_won", SmallInteger, nullable=False),
        Column("is_lost", SmallInteger, nullable=False),
        Column("is_archived", SmallInteger, nullable=False),
    )
    op.create_table(
        "rates",
        Column("account", Text, primary_key=True),
        Column("currency", Text, primary_key=True),
        Column("valid_from", Text, primary_key=True),
        Column("rate", Text, nullable=False),
    )


def _create_positions() -> None:
    """How far we are: positions, work left, what was written, small state."""
    op.create_table(
        "cursors",
        Column("account", Text, primary_key=True),
        Column("object_type", Text, primary_key=True),
        Column("cursor", Text, nullable=False),
    )
    op.create_table(
        "pending",
        Column("account", Text, primary_key=True),
        Column("object_type", Text, primary_key=True),
        Column("work", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        Column("account", Text, primary_key=True),
        Column("object_type", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("known", Text, nullable=False),
        Column("written_at", BigInteger),
        Column("refusal", Text),
        Column("refusal_count", BigInteger, nullable=False),
    )
    op.create_table(
        "state",
        Column("account", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("value", Text, nullable=False),
    )


def _create_own_history() -> None:
    """What we remember of earlier runs."""
    op.create_table(
        "memberships",
        Column("account", Text, primary_key=True),
        Column("relation_id", Text, primary_key=True),
        Column("from_on", Text, primary_key=True),
        Column("until_on", Text),
        Column("basis", Text, nullable=False),
    )
    op.create_table(
        "reviews",
        Column("account", Text, primary_key=True),
        Column("reviewed_on", Text, primary_key=True),
        Column("group", Text, primary_key=True),
        Column("mean_revenue", Text),
        Column("mean_margin", Text),
        Column("median_index", Text),
        Column("enter_index", Text),
        Column("leave_index", Text),
    )


def _create_runs() -> None:
    """Runs and what they could not read."""
    op.create_table(
        "runs",
        Column("account", Text, primary_key=True),
        Column("run_id", BigInteger, primary_key=True, autoincrement=False),
        Column("kind", Text, nullable=False),
        Column("started_at", BigInteger, nullable=False),
        Column("finished_at", BigInteger),
        Column("status", Text),
        Column("counts", Text, nullable=False),
    )
    op.create_table(
        "rejections",
        Column("account", Text, primary_key=True),
        Column("run_id", BigInteger, primary_key=True, autoincrement=False),
        Column("object_type", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("reason", Text, primary_key=True),
    )
