"""Versions of one field of one record, as runs of equal values (spec 0 and 3.3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Run:
    """A value that stood unbroken from `start` on; null means emptied.

    `by_person_at`: when a person first set it within the run; null when nobody did.
    """

    value: str | None
    start: datetime
    by_person_at: datetime | None


def read_runs(
    changes: Iterable[Mapping[str, Any]], name: str, as_of: datetime
) -> dict[str, list[Run]]:
    """Runs of one field by record, of the versions up to `as_of`."""
    records: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for change in changes:
        if change["field"] == name and change["changed_at"] <= as_of:
            records[change["external_id"]].append(change)
    return {record: _runs(_known(versions)) for record, versions in records.items()}


def _known(versions: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Versions that count, one an instant: seen ones only after all that the CRM itself tells."""
    told = [version["changed_at"] for version in versions if not version["is_seen"]]
    counting = [
        version
        for version in versions
        if not version["is_seen"] or not told or version["changed_at"] > max(told)
    ]
    counting.sort(
        key=lambda version: (
            version["value"] is not None,
            version["value"] or "",
            version["is_by_person"] is not False,
        )
    )
    last = {version["changed_at"]: version for version in counting}
    return [last[instant] for instant in sorted(last)]


def _runs(versions: list[Mapping[str, Any]]) -> list[Run]:
    runs: list[Run] = []
    for version in versions:
        by_person_at = None if version["is_by_person"] is False else version["changed_at"]
        if not runs or runs[-1].value != version["value"]:
            runs.append(Run(version["value"], version["changed_at"], by_person_at))
        elif runs[-1].by_person_at is None:
            runs[-1] = replace(runs[-1], by_person_at=by_person_at)
    return runs


def drop_reversals(runs: list[Run], hours: int, *, starts_empty: bool) -> list[Run]:
    """Runs without the changes that were reversed in less than so many hours (3.3).

    `starts_empty`: before the first run the field was empty, so that emptying it reverses that run.
    """
    within = timedelta(hours=hours)
    kept: list[Run] = []
    for run in runs:
        if kept and run.start - kept[-1].start < within:
            if len(kept) > 1 and kept[-2].value == run.value:
                kept.pop()
                if kept[-1].by_person_at is None:
                    kept[-1] = replace(kept[-1], by_person_at=run.by_person_at)
                continue
            if len(kept) == 1 and starts_empty and run.value is None:
                kept.pop()
                continue
        if kept and kept[-1].value == run.value:
            continue
        kept.append(run)
    return kept


def run_at(runs: list[Run], t: datetime) -> Run | None:
    """Run that stands at an instant."""
    found = None
    for run in runs:
        if run.start <= t:
            found = run
    return found
