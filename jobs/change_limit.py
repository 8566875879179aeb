"""Stop a run that would change more records than one run may: most likely the mapping is wrong.

Many values move without anybody's doing: scores as facts age, contact that becomes overdue, the
year's revenue on its first day. So a record counts as changed only where a value moves that days
and daily work leave alone. Once a setting has changed since the last run that wrote, or nobody
knows, what daily work moves counts as well: then it may be the setting that moved it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from jobs.basis import WRITTEN_KEY
from jobs.configuration import SettingsChange, changes_against, told
from jobs.difference import Difference
from jobs.exits import ChangeLimitError
from jobs.outcome import Report, Request
from jobs.wiring import Wiring
from kpis.properties import PROPERTIES
from kpis.vocabulary import ObjectType
from store.store import Store

LEAST_RECORDS = 10
"""Fewer changed records than these stop no run: in a small account each is a large share."""

MOVED_BY_DAYS = frozenset(
    {
        "calculated_at",
        "contact_moments_90d",
        "days_in_phase",
        "potential_index",
        "profile_completeness",
        "relation_score",
        "relation_score_prev_month",
        "revenue_ytd",
        "next_best_action_text",
        "phase_history",
        "recommended_approach",
        "score_explanation",
    }
)
"""What counts never. Facts age every day, and the scores with them: without any change in the CRM
half of all relations differ from one day to the next. A review of the quarter sets the index of
everybody anew, and a year's first day its revenue. The texts say in words what others say."""

SETTLED = frozenset(
    {
        "deal_realised_amount",
        "deal_top_relation_at_close",
        "dmu_slot",
        "is_right_contact",
        "is_top_relation",
        "top_relation_basis",
        "top_relation_since",
    }
)
"""What counts under any settings: neither time nor daily work moves it on many records at once.
All the rest moves by itself: in two weeks contact is made or becomes overdue, profiles are filled
in, and orders come into the last twelve months and leave them, with a third of all relations and
more; and deals that came into the CRM together, by an import, go stale on one day."""

PHASES = frozenset({"buying_phase", "deal_phase"})
LOST = frozenset({"", "unknown"})
"""A phase that is lost counts always: so it looks when a pipeline got other stages, or a scope is
withdrawn."""

NO_RESULT = ("crm.", "texts", "write_back.")
"""Begin of the paths of settings that move no value."""

SHOWN_CAUSES = 3
SHOWN_SETTINGS = 5

_PLACES: Mapping[tuple[ObjectType, str], tuple[bool, int]] = {
    (row.object_type, row.name): (row.value_type not in {"enumeration", "bool"}, place)
    for place, row in enumerate(PROPERTIES)
}
"""Order of properties: those with options first, for they say what happened."""


@dataclass(frozen=True, slots=True)
class Excess:
    """An object type of which too many records would change.

    Attributes:
        changed: records that count as changed.
        standing: records of which values of ours stand in the CRM.
    """

    object_type: ObjectType
    changed: int
    standing: int


@dataclass(frozen=True, slots=True)
class Cause:
    """A property that changes on so many records, and which change of an option is the commonest.

    Attributes:
        most: value before, value after, records; None where the property has no options.
    """

    object_type: ObjectType
    name: str
    records: int
    most: tuple[str, str, int] | None


def counted(found: Iterable[Difference], *, under_other_settings: bool) -> list[Difference]:
    """Differences that count: of values that stand, and that nothing but a setting should move."""
    return [
        one
        for one in found
        if one.before
        and one.name not in MOVED_BY_DAYS
        and (under_other_settings or _is_settled(one))
    ]


def _is_settled(one: Difference) -> bool:
    return one.name in SETTLED or (one.name in PHASES and one.after in LOST)


def excesses(
    found: Sequence[Difference], standing: Mapping[ObjectType, int], limit: Decimal
) -> list[Excess]:
    """Object types of which a larger share than `limit` changes; first runs have nothing to change.

    Args:
        found: the differences that count.
        standing: records of which values of ours stand, by object type.
        limit: share, over 0 and up to 1, that is still let through.
    """
    records: dict[ObjectType, set[str]] = {}
    for one in found:
        records.setdefault(one.object_type, set()).add(one.external_id)
    return [
        Excess(kind, len(changed), standing[kind])
        for kind, changed in records.items()
        if len(changed) >= LEAST_RECORDS and len(changed) > limit * standing[kind]
    ]


def causes(found: Iterable[Difference]) -> list[Cause]:
    """Properties by the number of records on which they change, most first."""
    moves: dict[tuple[ObjectType, str], Counter[tuple[str, str]]] = {}
    for one in found:
        move = (one.before, one.after)
        moves.setdefault((one.object_type, one.name), Counter())[move] += 1
    return sorted(
        (_cause(kind, name, counts) for (kind, name), counts in moves.items()),
        key=lambda one: (-one.records, _PLACES[one.object_type, one.name]),
    )


def _cause(kind: ObjectType, name: str, counts: Counter[tuple[str, str]]) -> Cause:
    has_no_options, _ = _PLACES[kind, name]
    (before, after), records = counts.most_common(1)[0]
    most = None if has_no_options else (before, after, records)
    return Cause(kind, name, counts.total(), most)


def check_change_limit(wiring: Wiring, request: Request, report: Report) -> None:
    """Let a run pass that changes no more than it may; of a preview, say that it would not pass.

    Raises:
        ChangeLimitError: it would change more; nothing was kept or written so far.
    """
    limit = wiring.config.write_back.change_limit
    if limit is None or not wiring.config.write_back.enabled:
        return
    settings = _since_written(wiring)
    found = counted(report.found, under_other_settings=_moves_results(settings))
    over = excesses(found, report.standing, limit)
    if not over:
        return
    shares = " and ".join(map(_share, over))
    if request.accepts_changes:
        report.notes.append(f"change limit: let through as asked: {shares} change")
        return
    kinds = {one.object_type for one in over}
    what = (
        f"{shares} would change, more than the {_percent(limit)} of write_back.change_limit",
        _of_causes([one for one in found if one.object_type in kinds]),
        *_of_settings(settings),
        *_of_left_out(report),
    )
    if request.is_dry:
        report.notes.append(f"change limit: sync would stop: {'; '.join(what)}")
        return
    raise ChangeLimitError(
        f"{wiring.config.account}: stopped before anything was kept or written: {'; '.join(what)}: "
        f"{_what_to_do(report)}"
    )


def _what_to_do(report: Report) -> str:
    look = "look with `toprelatie sync --dry-run`, "
    if report.pulled and report.pulled.left_out:
        return (
            f"{look}give the key what it lacks and run again; only where it shall stay without, "
            "`toprelatie sync --accept-changes` empties what rests on it"
        )
    return (
        f"{look}mend the mapping (or what is wrong in the CRM), or let this one run through with "
        "`toprelatie sync --accept-changes`"
    )


def note_written(wiring: Wiring, run_id: int) -> None:
    """Remember under which settings the CRM got its values."""
    text = json.dumps({"run_id": run_id, "fingerprint": wiring.fingerprint})
    wiring.store.save_state(WRITTEN_KEY, text)


def _since_written(wiring: Wiring) -> SettingsChange:
    """What differs from the settings of the last run that wrote, where anybody knows them."""
    store: Store = wiring.store
    text = store.read_state(WRITTEN_KEY)
    if text is None:
        return SettingsChange()
    last = json.loads(text)
    return changes_against(store, last["run_id"], last["fingerprint"], wiring.fingerprint)


def _moves_results(settings: SettingsChange) -> bool:
    """Whether a setting changed that can move a value; so it may be where nobody knows the last."""
    return settings.run_id is None or any(
        not one.path.startswith(NO_RESULT) for one in settings.changed
    )


def _share(one: Excess) -> str:
    share = _percent(Decimal(one.changed) / one.standing)
    return f"{one.changed} of {one.standing} {one.object_type} ({share})"


def _percent(share: Decimal) -> str:
    """Share in whole percents and, where it has any, one decimal; rounded down."""
    percents = (share * 100).quantize(Decimal("0.1"), ROUND_FLOOR)
    return f"{percents:f} %".replace(".0 %", " %")


def _of_causes(found: Sequence[Difference]) -> str:
    largest = causes(found)[:SHOWN_CAUSES]
    return "largest causes: " + "; ".join(map(_of_cause, largest))


def _of_cause(cause: Cause) -> str:
    text = f"{cause.object_type} {cause.name}: {cause.records} records"
    if cause.most is None:
        return text
    before, after, records = cause.most
    return f"{text}, most {before} → {after or '(empty)'} ({records})"


def _of_left_out(report: Report) -> Iterator[str]:
    """What could not be read: its values would be blanked."""
    for what, why in (report.pulled.left_out if report.pulled else {}).items():
        yield f"{what} could not be read: {why}"


def _of_settings(settings: SettingsChange) -> Iterator[str]:
    if settings.run_id is None:
        yield "not known under which settings the CRM got its values, so daily work counts too"
        return
    if not settings.changed:
        yield f"no setting changed since run {settings.run_id}, the last that wrote"
        return
    shown = ", ".join(map(told, settings.changed[:SHOWN_SETTINGS]))
    more = len(settings.changed) - SHOWN_SETTINGS
    yield (
        f"settings changed since run {settings.run_id}, the last that wrote: {shown}"
        + (f" and {more} more" if more > 0 else "")
    )
