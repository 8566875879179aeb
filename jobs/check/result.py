"""What the service will find: top relations by ground, group, source of potential, and rule."""

from collections.abc import Mapping

from jobs.check.finding import Level, Section, Sight

MOST_GROUPS = 6
"""Groups that are told on one screen."""

NEEDS_PULL = "unknown before the first pull: run `toprelatie sync --only pull`, then this again"


def check_results(sight: Sight) -> Section:
    """Compute from the mirror as it stands; saves nothing."""
    section = Section("results")
    section.figures["top_relations"] = None
    if not sight.is_pulled:
        section.say("hint", "top relations", NEEDS_PULL)
        return section
    from jobs.check.mirror import NO_SOURCE, bases_of, counted, results_of  # noqa: PLC0415 - loads Polars

    results, by_rule = results_of(sight.wiring, sight.mirror, as_of=sight.wiring.clock())
    relations = results.relations.height
    bases, parts = bases_of(results), counted(results)
    top = sum(bases.values())
    rule = sight.wiring.parameters.top_relation.rule
    grounds = ", ".join(f"{name} {count}" for name, count in bases.items()) or "none"
    level: Level = "ok" if top else "warning"
    text = f"{top} of {relations} relations under rule {rule} ({grounds})"
    section.say(level, "top relations", text)
    section.say("ok", "by group", _told(parts["group"]))
    section.say("ok", "by source", f"of the potential: {_told(parts['source'])}")
    others = ", ".join(f"{name} {count}" for name, count in by_rule.items())
    section.say("ok", "by rule", f"if it began today: {others}")
    for row in results.group_warnings.to_dicts():
        place = row["group"] or "the whole base"
        section.say("hint", "top relations", f"{row['warning']} in {place}", is_detail=True)
    if set(parts["source"]) == {NO_SOURCE}:
        section.miss("potential and top relations", "no source of the potential gives a value")
    section.figures["top_relations"] = {
        "relations": relations,
        "top": top,
        "rule": rule,
        "by_basis": bases,
        "by_group": _figures(parts["group"]),
        "by_source": _figures(parts["source"]),
        "by_rule": by_rule,
        "warnings": results.group_warnings.to_dicts(),
    }
    return section


def _told(parts: Mapping[str, tuple[int, int]]) -> str:
    """The largest parts in words, as `name top of all`."""
    told = [f"{name} {top} of {count}" for name, (top, count) in parts.items()]
    more = len(told) - MOST_GROUPS
    return ", ".join(told[:MOST_GROUPS]) + (f", and {more} more" if more > 0 else "")


def _figures(parts: Mapping[str, tuple[int, int]]) -> dict[str, object]:
    return {name: {"top": top, "relations": count} for name, (top, count) in parts.items()}
