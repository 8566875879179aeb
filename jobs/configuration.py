"""The settings of an account as plain lines, their fingerprint, and what changed between two.

A line is the path of a setting, as it would be written in the file, and its value as text. What is
not set stands there with its default, so that an upgrade that changes a default shows too. No
secret is among them: the configuration names where a secret lies and never holds it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from jobs.basis import FINISHED_WELL, SYNC
from jobs.config import Config
from mappings.schema import Mapping as StageMapping
from store.store import Store

ASIDE = frozenset({"mapping", "texts", "store", "schedule", "service", "alerts"})
"""Sections that change no result: where things lie, when they run, and who is told."""

SHOWN_OF_DIGEST = 16


class Changed(NamedTuple):
    """A setting that differs; None: it was or is not there."""

    path: str
    before: str | None
    after: str | None


def settings_of(config: Config, mapping: StageMapping, texts: str) -> dict[str, str]:
    """Every setting, word and text that results can rest on, by its path.

    Args:
        config: the account's configuration.
        mapping: its mapping.
        texts: digest of the files of its texts, which need not be read for it.
    """
    return {
        **dict(_lines(config.model_dump(exclude=set(ASIDE)), "")),
        **dict(_lines(mapping.model_dump(exclude={"crm"}), "")),
        "texts": f"digest {texts[:SHOWN_OF_DIGEST]}",
    }


def fingerprint_of(settings: Mapping[str, str]) -> str:
    """Digest of all settings; equal digests mean equal settings."""
    return hashlib.sha256(json.dumps(dict(settings), sort_keys=True).encode()).hexdigest()


def changes_between(old: Mapping[str, str], new: Mapping[str, str]) -> list[Changed]:
    """Settings that differ, in the order of their paths."""
    return [
        Changed(path, old.get(path), new.get(path))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def told(change: Changed) -> str:
    """A change of a setting as people read it."""
    before, after = (text if text is not None else "(none)" for text in change[1:])
    return f"{change.path}: {before} → {after}"


def _lines(value: object, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield path, _text(value)
        return
    for key, below in value.items():
        yield from _lines(below, f"{path}.{_key(key)}" if path else _key(key))


def _key(key: object) -> str:
    """Key in a path; one with a dot is quoted, so that no two paths are the same."""
    text = str(key)
    return json.dumps(text, ensure_ascii=False) if "." in text or not text else text


def _text(value: object) -> str:
    """Value as the file would have it; equal values are equal texts: 0.5 is 0.50."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value.normalize():f}"
        case list() | tuple():
            return json.dumps(value, ensure_ascii=False, default=_text)
        case set() | frozenset():
            return json.dumps(sorted(map(_text, value)), ensure_ascii=False)
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What differs from the settings of an earlier run; `run_id` None: of none that is known."""

    run_id: int | None = None
    changed: Sequence[Changed] = ()


def changed_since_sync(store: Store, run_id: int, fingerprint: str | None) -> SettingsChange:
    """What differs between a run and the last sync before it that came to its end.

    A run of a version that kept no settings is passed over.
    """
    before = (
        store.read_run_before(run_id, kind=SYNC, statuses=FINISHED_WELL) if fingerprint else None
    )
    if before is None or fingerprint is None:
        return SettingsChange()
    return changes_against(store, before.run_id, before.counts["fingerprint"], fingerprint)


def changes_against(store: Store, run_id: int, old: str, new: str) -> SettingsChange:
    """What differs between the settings of a run and others, by their fingerprints.

    Where one of them is not known any more, nothing is: that is not to have changed nothing.
    """
    if old == new:
        return SettingsChange(run_id)
    before, after = store.read_configuration(old), store.read_configuration(new)
    if before is None or after is None:
        return SettingsChange()
    return SettingsChange(run_id, changes_between(before, after))


class SettingsDay(NamedTuple):
    """A day from which figures rest on other settings than before.

    Attributes:
        run_id: first run that day under them; None when its record is not kept any more.
    """

    day: date
    run_id: int | None

    @property
    def where(self) -> str:
        """Command that shows what changed."""
        return "toprelatie runs" + ("" if self.run_id is None else f" show {self.run_id}")


def settings_days(store: Store, *, after: date, until: date, timezone: str) -> list[SettingsDay]:
    """Days after one and up to another from which figures rest on other settings.

    The first day of all is none: there is nothing before it to differ from.
    """
    zone = ZoneInfo(timezone)
    return [
        SettingsDay(day, store.first_run_under(fingerprint, kind=SYNC, since=_start(day, zone)))
        for day, fingerprint in store.read_configuration_days()[1:]
        if after < day <= until
    ]


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)
