"""Under which settings runs ran and days were computed, so that a jump can be explained."""

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, delete, select

from store.row import to_json
from store.statement import matches, upsert
from store.table import CONFIGURATION_DAYS, CONFIGURATIONS
from store.transaction import Transactions


class Configurations(Transactions):
    """The part of the store that remembers configurations."""

    def save_configuration(self, fingerprint: str, settings: Mapping[str, str]) -> None:
        """Keep settings, path to value, under their fingerprint; once for ever."""
        self._save(save_configuration, fingerprint, settings)

    def read_configuration(self, fingerprint: str) -> Mapping[str, str] | None:
        """Settings of that fingerprint; None when they are not known."""
        return self._read(read_configuration, fingerprint)

    def save_configuration_day(self, day: date, fingerprint: str) -> None:
        """Note that the figures of that local day rest on this configuration.

        A later word on a day takes the place of an earlier one; a day like the one before it
        leaves no row.
        """
        self._save(save_configuration_day, day, fingerprint)

    def read_configuration_days(self) -> list[tuple[date, str]]:
        """Days from which another configuration held, in their order, with its fingerprint."""
        return self._read(read_configuration_days)


def save_configuration(
    connection: Connection, account: str, fingerprint: str, settings: Mapping[str, str]
) -> None:
    """Keep the settings of a fingerprint, unless they are known."""
    if read_configuration(connection, account, fingerprint) is None:
        row = {"account": account, "fingerprint": fingerprint, "settings": to_json(settings)}
        upsert(connection, CONFIGURATIONS, [row])


def read_configuration(
    connection: Connection, account: str, fingerprint: str
) -> Mapping[str, str] | None:
    """Settings of a fingerprint, None when they are not known."""
    where = matches(CONFIGURATIONS, account=account, fingerprint=fingerprint)
    text = connection.scalar(select(CONFIGURATIONS.c.settings).where(where))
    return None if text is None else dict(json.loads(text))


def save_configuration_day(
    connection: Connection, account: str, day: date, fingerprint: str
) -> None:
    """Keep one row of a day whose configuration is not that of the days before it."""
    days, own = CONFIGURATION_DAYS, matches(CONFIGURATION_DAYS, account=account)
    before = connection.scalar(
        select(days.c.fingerprint)
        .where(own, days.c.from_on < day.isoformat())
        .order_by(days.c.from_on.desc())
        .limit(1)
    )
    if before == fingerprint:
        connection.execute(delete(days).where(own, days.c.from_on == day.isoformat()))
        return
    row = {"account": account, "from_on": day.isoformat(), "fingerprint": fingerprint}
    upsert(connection, days, [row])


def read_configuration_days(connection: Connection, account: str) -> list[tuple[date, str]]:
    """Days from which another configuration held, in their order."""
    days = CONFIGURATION_DAYS
    statement = (
        select(days.c.from_on, days.c.fingerprint)
        .where(matches(days, account=account))
        .order_by(days.c.from_on)
    )
    return [(date.fromisoformat(day), one) for day, one in connection.execute(statement)]
