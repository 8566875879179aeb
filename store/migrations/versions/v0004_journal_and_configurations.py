"""What each run wrote over what stood, and which configuration runs and days rest on."""

import sqlalchemy as sa
from alembic import op

revision = "v0004"
down_revision = "v0003"


def upgrade() -> None:
    """Create the tables; no row changes."""
    op.create_table(
        "journal",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("object_type", sa.Text, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("changes", sa.Text, nullable=False),
    )
    op.create_table(
        "configurations",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("settings", sa.Text, nullable=False),
    )
    op.create_table(
        "configuration_days",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("from_on", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop them: a version before this one neither reads nor needs them.

    It writes under settings that nobody notes, so those of the last run that wrote are forgotten.
    """
    for table in ("configuration_days", "configurations", "journal"):
        op.drop_table(table)
    op.execute("DELETE FROM state WHERE key = 'written_under'")
