"""Bring a database to the tables of this version.

Alembic is loaded only when there is something to do: a run on a store that is up to date stays
small. One process migrates at a time, in one transaction, so a killed one leaves nothing half done.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from store.engine import Database
from store.errors import StoreError

HEAD: Final = "v0004"
"""Revision that this version works with; a test holds that it is the newest migration."""

_ADVISORY_KEY: Final = 0x746F7072  # any constant of our own; "topr"


def migrate(database: Database) -> None:
    """Bring the database to `HEAD`.

    Raises:
        StoreError: the database was written by a newer version.
    """
    with database.reading() as connection:
        if _revision(connection) == HEAD:
            return
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
        found = _revision(connection)
        if found != HEAD:
            _upgrade(connection, found, database.where)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, found: str | None, where: str) -> None:
    from alembic import command  # noqa: PLC0415 - see the module
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"store: {where}: its tables are of revision {found}, which is newer than this version "
            f"of toprelatie (it knows up to {HEAD}): upgrade toprelatie, or restore an older copy"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
