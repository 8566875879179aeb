"""What a first sync and a run without change cost: calls by kind, and minutes at the limits.

The least number of calls for the work (`jobs.cost`) is told as it is; what only the records
themselves can tell is told as a span. The minutes are those that the limits take; slow answers come
on top.
"""

from collections.abc import Mapping
from dataclasses import replace

from connector.ports import PermanentCrmError, PulledType
from connector.probe import CallLimit
from jobs.check.finding import Section, Sight
from jobs.cost import least_calls, least_writes
from jobs.pull import INPUTS_WITH_HISTORY, LINKED
from jobs.pulled import OBJECT_TYPES, TypeCounts
from kpis.vocabulary import ObjectType

SECONDS_A_MINUTE = 60

Counts = Mapping[PulledType, int]
Calls = dict[str, int]


def check_cost(sight: Sight, filled: Mapping[tuple[ObjectType, str], int]) -> Section:
    """Reckon what runs will cost.

    Args:
        sight: the account.
        filled: how many records have a value, by object type and field, as far as is known.
    """
    section = Section("cost")
    if not sight.wiring.needs_setup:
        section.say("ok", "first sync", "reads files: no calls")
        return section
    counts, unknown = count_records(sight)
    first = first_sync(sight, counts, filled)
    idle = idle_run(counts)
    rows = sum(counts.values())
    section.say("ok", "first sync", f"{rows:,} records: {_told(first, sight)}")
    section.say("ok", "run at rest", f"nothing changed: {_told((idle, idle), sight)}")
    if not sight.is_pulled:
        check_quota(sight.probe.limits, sum(first[1].values()), section)
    if unknown:
        text = f"of unknown size, so not reckoned: {', '.join(unknown)}"
        section.say("hint", "first sync", text)
    section.figures = {
        "records": dict(counts),
        "first_sync": _figures(first, sight),
        "run_at_rest": _figures((idle, idle), sight),
    }
    return section


def count_records(sight: Sight) -> tuple[Counts, list[PulledType]]:
    """Records of each type that can be read, and the types whose number nobody tells."""
    kinds = sorted(sight.description.capabilities.readable)
    counts: dict[PulledType, int] = {}
    for done, kind in enumerate(kinds):
        if sight.is_pulled:
            counts[kind] = sight.wiring.store.count_records(kind)
            continue
        sight.progress("records", done, len(kinds))
        try:
            found = sight.wiring.crm.count(kind)
        except PermanentCrmError:
            found = None
        if found is not None:
            counts[kind] = found
    return counts, [kind for kind in kinds if kind not in counts]


def first_sync(
    sight: Sight, counts: Counts, filled: Mapping[tuple[ObjectType, str], int]
) -> tuple[Calls, Calls]:
    """Least and most calls of a first sync, by kind."""
    able = sight.description.capabilities
    work: dict[PulledType, TypeCounts] = {}
    for kind, count in counts.items():
        linked: dict[str, int] = dict.fromkeys(LINKED[kind], count)
        work[kind] = TypeCounts(pulled=count, was_full=True, linked=linked)
    if "deals" in work and able.has_splits:
        work["deals"].splits = counts["deals"]
    few, many = _histories(sight, counts, filled)
    return _calls(sight, work, few), _calls(sight, work, many)


def _histories(
    sight: Sight, counts: Counts, filled: Mapping[tuple[ObjectType, str], int]
) -> tuple[dict[PulledType, int], dict[PulledType, int]]:
    """Records whose past is read, at least and at most (design: history).

    Of deals all. Of companies those with an input, beside those that were assigned lately or whose
    lead status decides; of contacts those who fill a slot and have not been spoken to for long.
    """
    if not sight.description.capabilities.has_history:
        return {}, {}
    few: dict[PulledType, int] = {}
    many: dict[PulledType, int] = {}
    for kind in OBJECT_TYPES:
        if kind not in counts:
            continue
        known = [filled.get((kind, name), 0) for name in INPUTS_WITH_HISTORY.get(kind, ())]
        others = ("lead_status",) if kind == "companies" else ("buying_role", "job_title")
        more = [filled.get((kind, name), 0) for name in others]
        few[kind] = counts[kind] if kind == "deals" else max(known, default=0)
        many[kind] = min(counts[kind], sum([*known, *more]))
    if "deals" in counts:
        many["deals"] = counts["deals"]
    return few, many


def _calls(
    sight: Sight, work: Mapping[PulledType, TypeCounts], histories: Mapping[PulledType, int]
) -> Calls:
    read = {kind: replace(one, histories=histories.get(kind, 0)) for kind, one in work.items()}
    calls = least_calls(read, goals=0 if _reads_goals(sight) else None)
    write_back = sight.wiring.config.write_back
    if write_back.enabled:
        sent = {one: work[one].pulled for one in write_back.objects if one in work}
        calls["write"] = least_writes(sent)
    return _summed(calls, sight.describing)


def idle_run(counts: Counts) -> Calls:
    """Calls of a run that finds nothing changed, within the hour in which the account is known."""
    work = {kind: TypeCounts(counted=1 if kind in OBJECT_TYPES else 0) for kind in counts}
    return _summed(least_calls(work), {})


def _reads_goals(sight: Sight) -> bool:
    """Whether targets come from the CRM; they do when the account is described."""
    wants = sight.wiring.parameters.revenue.target == "hubspot_goals"
    return wants and sight.description.capabilities.has_goals


def _summed(calls: Mapping[str, int], more: Mapping[str, int]) -> Calls:
    both = {kind: calls.get(kind, 0) + more.get(kind, 0) for kind in {**calls, **more}}
    return {kind: count for kind, count in sorted(both.items()) if count}


def minutes_of(calls: Mapping[str, int], limits: tuple[CallLimit, ...]) -> float | None:
    """Minutes that the slowest of the limits takes; None when nothing limits.

    Each limit lets its own kinds of calls pass; the one that names none all others.
    """
    named = {kind for one in limits for kind in one.kinds}
    seconds = [
        sum(
            count
            for kind, count in calls.items()
            if (kind in one.kinds if one.kinds else kind not in named)
        )
        / one.a_second
        for one in limits
        if one.a_second
    ]
    return max(seconds) / SECONDS_A_MINUTE if seconds else None


def _told(span: tuple[Calls, Calls], sight: Sight) -> str:
    few, many = span
    totals = [sum(few.values()), sum(many.values())]
    calls = " to ".join(f"{one:,}" for one in dict.fromkeys(totals))
    kinds = ", ".join(
        f"{kind} " + " to ".join(f"{one:,}" for one in dict.fromkeys((few.get(kind, 0), count)))
        for kind, count in many.items()
    )
    minutes = minutes_of(many, sight.probe.limits)
    if minutes is None:
        return f"{calls} calls ({kinds})"
    lasts = "less than a minute" if minutes < 1 else f"about {round(minutes):,} min"
    return f"{calls} calls, {lasts} at the limits ({kinds})"


def _figures(span: tuple[Calls, Calls], sight: Sight) -> dict[str, object]:
    limits = sight.probe.limits
    few, many = ({"by_kind": one, "calls": sum(one.values())} for one in span)
    for one, calls in ((few, span[0]), (many, span[1])):
        minutes = minutes_of(calls, limits)
        one["minutes"] = None if minutes is None else round(minutes, 2)
    return {"least": few, "most": many}


def check_quota(limits: tuple[CallLimit, ...], calls: int, section: Section) -> None:
    """Say when a first sync does not fit what is left of the day."""
    for one in limits:
        if one.name != "day" or one.left is None or one.allowed is None:
            continue
        free = one.left - round(one.allowed * one.reserve_share)
        if calls > free:
            section.say(
                "warning",
                "first sync",
                f"{calls:,} calls do not fit the {max(0, free):,} that are left of this day: it "
                "stops there and goes on the next day",
            )
