"""Whether the key opens what is needed, to read and to write; the account, and its clock."""

from collections.abc import Mapping

from jobs.check.finding import Section, Sight
from jobs.pulled import ACTIVITY_TYPES, PULLED_TYPES

KPI_OF: Mapping[str, str] = {
    "companies": "nothing can be computed",
    "contacts": "right contacts (profile) cannot be measured",
    "deals": "realised revenue and deal evidence of the phase are blank",
    "splits": "deals count for their owner at close alone",
    "goals": "target, attainment and pace are blank unless revenue.targets holds them",
    "history": "phases start at the day of the first pull",
    "owners": "sellers have no names, and who has left is not known",
    "stages": "no deal decides a phase or counts as revenue",
    "dispositions": "calls count as conversations by HubSpot's own outcomes alone",
    "room for custom properties": "set-up cannot tell beforehand whether all properties fit",
    "companies properties": "no value can be written to companies",
    "contacts properties": "no value can be written to contacts",
    "deals properties": "no value can be written to deals",
    "rates": "amounts in other currencies need reporting.rates",
}
"""What suffers when something cannot be read; for activities: contact and stale deals."""

ACTIVITY_KPI = "stale deals and contact moments miss this kind of activity"

KPI_NAMES: Mapping[str, str] = {
    "companies": "all KPIs",
    "contacts": "profile: right contacts",
    "deals": "realised revenue",
    "splits": "realised revenue: shared deals",
    "goals": "target, attainment and pace",
    "owners": "sellers by name",
    "stages": "buying phase: by deals",
    "dispositions": "demonstrable contact: calls",
    "rates": "realised revenue: other currencies",
    **{one: f"demonstrable contact: {one.replace('_', ' ')}" for one in ACTIVITY_TYPES},
}
"""The KPI, or the part of one, that is blank when something cannot be read."""

CLOCK_OFF_S = 60
"""A clock that is off by more is worth a warning: days and windows are cut by it."""


def cost_of(what: str) -> str:
    """What suffers when this cannot be read."""
    return KPI_OF.get(what, ACTIVITY_KPI)


def check_access(sight: Sight) -> Section:
    """Look at the account, at what may be read and written, and at the clocks."""
    section = Section("access")
    _account(sight, section)
    missing = _reading(sight, section)
    refused = _writing(sight, section)
    if not missing and not refused:
        section.say("ok", "key", "accepted; everything that the service uses is granted")
    _clock(sight, section)
    section.figures |= {
        "may_not_read": missing,
        "may_not_write": dict(sight.probe.refused),
        "reads": sorted(sight.description.capabilities.readable),
    }
    return section


def _account(sight: Sight, section: Section) -> None:
    found = sight.description
    people = sum(not owner.is_archived for owner in found.owners)
    section.say(
        "ok",
        "account",
        f"{found.account_id}, currency {found.currency or 'unknown'}, "
        f"time zone {found.timezone or 'unknown'}, {people} active owners, "
        f"{len(found.stages)} deal stages",
    )
    section.figures |= {
        "account_id": found.account_id,
        "currency": found.currency,
        "timezone": found.timezone,
        "active_owners": people,
        "stages": len(found.stages),
    }


def _reading(sight: Sight, section: Section) -> dict[str, str]:
    """Say what cannot be read, and return why, by what it is."""
    able = sight.description.capabilities
    missing = dict(able.missing)
    for kind in PULLED_TYPES:
        if kind not in able.readable:
            missing.setdefault(kind, "this CRM has none")
    for what, why in missing.items():
        section.say("warning", f"access to {what}", f"{why}: {cost_of(what)}")
        if what in KPI_NAMES and not (what == "goals" and _has_own_targets(sight)):
            section.miss(KPI_NAMES[what], why)
    return missing


def _has_own_targets(sight: Sight) -> bool:
    revenue = sight.wiring.parameters.revenue
    return revenue.target == "config" and bool(revenue.targets)


def _writing(sight: Sight, section: Section) -> list[str]:
    """Say what may not be written, and return which objects; what set-up needs is its matter."""
    write_back = sight.wiring.config.write_back
    refused = {
        one: reason
        for one in write_back.objects
        if (reason := sight.probe.refused.get(f"write {one}"))
    }
    for one, reason in refused.items():
        if write_back.enabled:
            section.say("error", f"access to write {one}", f"{reason}: no value reaches {one}")
        else:
            text = f"{reason}: write_back.enabled cannot be switched on for them"
            section.say("hint", f"access to write {one}", text)
    if sight.wiring.parameters.seller_metrics.crm_task and (
        reason := sight.probe.refused.get("write contacts")
    ):
        section.say("error", "access to write tasks", f"{reason}: no seller gets a task")
    return list(refused)


def _clock(sight: Sight, section: Section) -> None:
    """Compare the CRM's clock with ours; it tells whole seconds."""
    theirs = sight.probe.server_time
    if theirs is None:
        return
    off_s = round((sight.wiring.clock() - theirs).total_seconds())
    section.figures["clock_off_s"] = off_s
    if abs(off_s) > CLOCK_OFF_S:
        way = "ahead of" if off_s > 0 else "behind"
        section.say(
            "warning",
            "clock",
            f"this machine is {abs(off_s)} s {way} the CRM: set its clock, for ages and days are "
            "counted by it",
        )
    else:
        section.say("ok", "clock", "agrees with that of the CRM", is_detail=True)
