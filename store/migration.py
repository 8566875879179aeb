"""Bring a database to the tables of this version, or back to those of the release before it.

Alembic is loaded only when there is something to do: a run on a store that is up to date stays
small. One process migrates at a time, in one transaction, so a killed one leaves nothing half done.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from store.backup import part_of, write_copy
from store.engine import Database
from store.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "v0004"
"""Revision that this version works with; a test holds that it is the newest migration."""

PREVIOUS: Final = "v0003"
"""Revision of the release before this one: as far as `downgrade` leads."""

ADDED: Final = ("configuration_days", "configurations", "journal")
"""Tables that `PREVIOUS` does not have: what they hold is lost on the way back."""

COPY: Final = ".before-"
"""What stands behind the name of a SQLite file in that of a copy of it, with what it was before."""

_ADVISORY_KEY: Final = 0x746F7072  # any constant of our own; "topr"


def migrate(database: Database) -> None:
    """Bring the database to `HEAD`; a SQLite file of another revision is copied beside it before.

    Raises:
        StoreError: the database was written by a newer version, or the copy cannot be made.
    """
    with database.reading() as connection:
        if revision_of(connection) == HEAD:
            return
    with database.writing() as connection:
        found = _locked_revision(database, connection)
        if found != HEAD:
            _upgrade(database, connection, found)


def downgrade(database: Database) -> None:
    """Bring the database back from `HEAD` to `PREVIOUS`; what `ADDED` holds is lost.

    Raises:
        StoreError: the database is of another revision.
    """
    with database.writing() as connection:
        found = _locked_revision(database, connection)
        if found != HEAD:
            raise StoreError(
                f"store: {database.where}: its tables are of revision {found or 'none'}, and only"
                f" from {HEAD} is there a way back"
            )
        from alembic import command  # noqa: PLC0415 - see the module

        command.downgrade(_alembic(connection), PREVIOUS)


def copy_before(database: Database) -> Path:
    """Where the copy of a SQLite file from before its upgrade to this version lies."""
    return Path(f"{database.name}{COPY}{HEAD}")


def revision_of(connection: Connection) -> str | None:
    """Revision of the tables; None when there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _locked_revision(database: Database, connection: Connection) -> str | None:
    if not database.is_sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
    return revision_of(connection)


def _upgrade(database: Database, connection: Connection, found: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - see the module
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = _alembic(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"store: {database.where}: its tables are of revision {found}, which is newer than "
            f"this version of toprelatie (it knows up to {HEAD}): upgrade toprelatie, or restore "
            "an older copy"
        )
    if found is not None and database.is_sqlite:
        _copy_aside(database)
    command.upgrade(config, HEAD)


def _copy_aside(database: Database) -> None:
    """Keep what stands before this upgrade; a copy from before an earlier one gives way.

    The lock to write is ours, so that half a copy can only be of a process that died.
    """
    target = copy_before(database)
    for former in (target, part_of(target)):
        former.unlink(missing_ok=True)
    write_copy(database, target)


def _alembic(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - see the module

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
