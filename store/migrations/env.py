"""What Alembic runs: the migrations, on the connection and in the transaction of the store."""

from alembic import context

from store.table import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
context.run_migrations()
