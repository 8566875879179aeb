"""The index of links by the record that they point at holds that record alone."""

from alembic import op

revision = "v0003"
down_revision = "v0002"


def upgrade() -> None:
    """Make the index anew; no row changes."""
    op.drop_index("links_by_target", "links")
    op.create_index("links_by_target", "links", ["to_id"])
