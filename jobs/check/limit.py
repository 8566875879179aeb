"""How much the account may call, held against what the configuration asks for."""

from connector.probe import CallLimit, Probe
from jobs.check.finding import Section

FAR_LESS = 0.6
"""A configuration that asks for this share of what the account has, or less, could ask for more."""

_WORDS = {"calls": "calls", "associations": "association calls", "search": "searches"}


def check_limits(probe: Probe) -> Section:
    """Compare each limit of the account with its setting."""
    section = Section("limits")
    limits = probe.limits
    section.figures = {
        "tier": probe.tier,
        "limits": {one.name: _figures(one) for one in limits},
    }
    if not limits:
        section.say("ok", "limits", "this CRM has none")
    for one in limits:
        if one.seconds is None:
            _day(one, section, tier=probe.tier)
        elif one.asked is None:
            section.say(
                "warning",
                one.name,
                f"{_found(one)}; crm.limits.enabled is false, so that nothing holds us back but "
                "the CRM's own refusals: leave it out unless this is a look-alike",
                is_detail=one.name != "calls",
            )
        else:
            _window(one, section)
    return section


def _figures(one: CallLimit) -> dict[str, object]:
    return {
        "seconds": one.seconds,
        "allowed": one.allowed,
        "is_documented": one.is_documented,
        "left": one.left,
        "setting": one.setting,
        "asked": one.asked,
        "reserve_share": one.reserve_share,
    }


def _found(one: CallLimit) -> str:
    """What the account has, in words."""
    what = _WORDS.get(one.name, one.name)
    if one.allowed is None:
        return f"the CRM does not tell how many {what} it allows"
    span = "a second" if one.seconds == 1 else f"in {one.seconds:g} s"
    source = " by the CRM's documentation" if one.is_documented else ""
    return f"{one.allowed} {what} {span}{source}"


def _window(one: CallLimit, section: Section) -> None:
    found = f"{_found(one)}; {one.setting} is {one.asked}"
    if one.allowed is None or one.asked is None:
        section.say("ok", one.name, found)
    elif one.asked > one.allowed:
        section.say("warning", one.name, f"{found}: calls will be refused; set {one.allowed}")
    elif one.asked <= one.allowed * FAR_LESS:
        section.say("hint", one.name, f"{found}: {one.allowed} would make runs faster")
    else:
        section.say("ok", one.name, found)


def _day(one: CallLimit, section: Section, *, tier: str | None) -> None:
    """Tell the quota of the day; with no more left than the reserve, no run calls."""
    if one.allowed is None or one.left is None:
        section.say("ok", one.name, "the CRM tells no quota of the day", is_detail=True)
        return
    reserve = round(one.allowed * one.reserve_share)
    text = f"{one.allowed:,} calls a day" + (f" ({tier})" if tier else "")
    text += f", {one.left:,} of them left; {reserve:,} are kept for other apps"
    if one.left <= reserve:
        section.say("warning", one.name, f"{text}: no run can call before the day ends")
    else:
        section.say("ok", one.name, text)
