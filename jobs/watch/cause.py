"""What is wrong, as causes that people are told of; pure, from what is known at that moment.

A cause is named by its kind, and by its subject where several of a kind can hold at once: `stale`,
`unmapped_stage:default/123`. Its text holds no name, no id of a record and no value.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from connector.http.redact import redact
from jobs.exits import KNOWN_ERRORS, Exit, exit_of
from mappings.yaml import Fault

Kind = Literal[
    "run_failed",
    "stale",
    "change_limit",
    "refused_writes",
    "rejected_records",
    "unmapped_stage",
    "left_out",
    "configuration",
    "write_back_paused",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

Status = Literal["done", "partial", "stopped", "failed", "skipped"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""How a scheduled run can end; skipped: another process ran this account at that time."""

UNEXPLAINED = "left_out:values"
"""Cause of a run that left something out and whose counts do not say what."""

_OF_ONE_CALL = re.compile(r"\s*\(correlation id [^)]*\)")
_ID = re.compile(r"(?<=/)\d+(?![\d-])|\b\d{5,}\b|(?<=\brun )\d+\b")
"""An id in a path (2026-09 is a version), one that stands by itself, the number of a run."""

_MOST_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a scheduled run ended.

    Attributes:
        run_id: None when it was over before it had a number.
        error: what ended it; None when it came to its end.
        counts: its record (`jobs.outcome.summary`), as far as there is one.
        seconds: how long it took.
    """

    job: str
    status: Status
    run_id: int | None = None
    error: Exception | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds between runs; None: not known, so nothing is said of it.

    Attributes:
        faults: faults of the configuration that is not in force, as sentences or as faults of a
            file.
        is_stale: no run has ended well for too long.
        last_good_at: when one did, None when none ever did.
        is_paused: write-back is paused.
    """

    faults: Sequence[Fault | str] | None = None
    is_stale: bool | None = None
    last_good_at: datetime | None = None
    is_paused: bool | None = None


def causes_of(ended: Ended | None, standing: Standing) -> dict[str, str]:
    """Text by cause of all that is known to be wrong."""
    of_run, of_standing = _causes_of_run(ended), _causes_of_standing(standing)
    if standing.is_paused:  # it is what leaves the values out, and told as what it is
        of_run.pop(UNEXPLAINED, None)
    return {**of_run, **of_standing}


def judged_by(ended: Ended | None, standing: Standing) -> frozenset[str]:
    """Kinds and causes of which it is known whether they hold; the others stay as they were."""
    known = {
        "configuration": standing.faults,
        "stale": standing.is_stale,
        "write_back_paused": standing.is_paused,
    }
    judged = {kind for kind, fact in known.items() if fact is not None}
    return frozenset(judged | _judged_by_run(ended))


def kind_of(cause: str) -> str:
    """Kind of a cause."""
    return cause.partition(":")[0]


def plain(text: str) -> str:
    """Return what an error says without what differs from one time to the next, and without ids."""
    return _ID.sub("…", _OF_ONE_CALL.sub("", redact(text)))[:_MOST_CHARACTERS]


def _judged_by_run(ended: Ended | None) -> set[str]:
    """What a run knows: one that was stopped before its end knows nothing of most things."""
    if ended is None or ended.status == "skipped":
        return set()
    if ended.status == "stopped":
        return {"change_limit", "run_failed"} if _is_over_limit(ended) else set()
    if ended.status == "failed":
        return {"run_failed"}
    steps = ended.counts.get("steps", ())
    compared = {f"rejected_records:{kind}" for kind in ended.counts.get("complete", ())}
    judged = {"run_failed", "change_limit", "left_out"} | compared
    judged |= {"unmapped_stage"} if "compute" in steps else set()
    return judged | ({"refused_writes"} if "write" in steps else set())


def _causes_of_run(ended: Ended | None) -> dict[str, str]:
    if ended is None or ended.status == "skipped":
        return {}
    if _is_over_limit(ended):
        return {
            "change_limit": "a run would have changed more records than write_back.change_limit "
            "allows and wrote nothing: look with `toprelatie sync --dry-run`"
        }
    if ended.status == "failed":
        name = type(ended.error).__name__
        is_known = isinstance(ended.error, KNOWN_ERRORS)
        found = plain(str(ended.error)) if is_known else f"unexpected {name}"
        return {f"run_failed:{name}": f"a run failed: {found}"}
    if ended.status == "stopped":
        return {}
    causes = _causes_of_counts(ended.counts, ended.run_id)
    explains = {"refused_writes", "rejected_records", "left_out"}
    if ended.status == "partial" and explains.isdisjoint(map(kind_of, causes)):
        causes[UNEXPLAINED] = (
            "something that should be written is left out: "
            f"`toprelatie runs show {ended.run_id}` says what"
        )
    return causes


def _is_over_limit(ended: Ended) -> bool:
    return ended.error is not None and exit_of(ended.error) is Exit.CHANGE_LIMIT


def _causes_of_counts(counts: Mapping[str, Any], run_id: int | None) -> dict[str, str]:
    """Causes in the record of a run that came to its end."""
    causes: dict[str, str] = {}
    shows = f"`toprelatie runs show {run_id}` names them"
    refused = sum(counts.get("refused", {}).values())
    if refused:
        causes["refused_writes"] = f"records of which the CRM refused values: {refused}: {shows}"
    for kind, count in _unread(counts).items():
        causes[f"rejected_records:{kind}"] = f"{kind} that cannot be read: {count}: {shows}"
    for pipeline, stage in counts.get("unmapped_stages", ()):
        causes[f"unmapped_stage:{pipeline}/{stage}"] = (
            f"stage {stage} of pipeline {pipeline} has no line in the mapping, so its deals are "
            "skipped for the phase: add it under `stages`"
        )
    for what, reason in counts.get("left_out", {}).items():
        causes[f"left_out:{what}"] = f"{what} is left out: {plain(str(reason))}"
    return causes


def _unread(counts: Mapping[str, Any]) -> dict[str, int]:
    """Records that cannot be read, by type: those of this run, or those known from earlier ones."""
    known = {kind: one.get("unreadable", 0) for kind, one in counts.get("complete", {}).items()}
    rejected = counts.get("rejected", {})
    most = {kind: max(known.get(kind, 0), rejected.get(kind, 0)) for kind in {*known, *rejected}}
    return {kind: count for kind, count in sorted(most.items()) if count}


def _causes_of_standing(standing: Standing) -> dict[str, str]:
    causes: dict[str, str] = {}
    if standing.faults:
        places = [place for place in map(_place, standing.faults) if place]
        where = f" ({', '.join(places[:5])})" if places else ""
        causes["configuration"] = (
            f"faults in the configuration: {len(standing.faults)}{where}: the last good one stays "
            "in force: run `toprelatie check`"
        )
    if standing.is_stale:
        since = standing.last_good_at
        when = "yet" if since is None else f"since {since:%Y-%m-%d %H:%M} UTC"
        causes["stale"] = f"no run has ended well {when}: `toprelatie runs` shows what came of them"
    if standing.is_paused:
        causes["write_back_paused"] = (
            "write-back is paused: what is computed stays here until `toprelatie resume`"
        )
    return causes


def _place(fault: Fault | str) -> str:
    """File and line of a fault; what was found there may be anything, so it is not repeated."""
    return "" if isinstance(fault, str) else f"{Path(fault.file).name}:{fault.line}"
