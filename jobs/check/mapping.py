"""Whether mapping and configuration name what the CRM has: stages, sellers, companies, currency."""

from connector.ports import PermanentCrmError
from jobs.check.finding import Section, Sight
from mappings.schema import DEFAULT_LEAD_STATUS
from mappings.stages import StageKey, read_stages

MOST_ASKED = 20
"""Stages whose deals are counted in the CRM, one search each, while the mirror is empty."""


def check_mapping(sight: Sight) -> Section:
    """Hold mapping and configuration against the CRM."""
    section = Section("mapping")
    _stages(sight, section)
    _lead_status(sight, section)
    _targets(sight, section)
    _own_companies(sight, section)
    _currency(sight, section)
    return section


def _stages(sight: Sight, section: Section) -> None:
    stages = sight.description.stages
    reading = read_stages(sight.wiring.mapping, stages)
    counts = _deals_in(sight, reading.unmapped)
    labels = {(one.pipeline, one.stage): one.label for one in stages}
    file = sight.wiring.config.mapping.name
    for key in reading.unmapped:
        pipeline, stage = key
        number = counts.get(key)
        deals = "its deals" if number is None else f"{number} deals that stand in it"
        section.say(
            "error",
            f"stages.{pipeline}.{stage}",
            f"no line of {file} names this stage; {deals} are skipped: "
            "add the line, or ask `toprelatie mapping suggest`",
        )
    for sentence in reading.contradictions:
        subject, _, text = sentence.partition(": ")
        section.say("error", subject, text)
    if not section.findings:
        section.say("ok", "stages", f"all {len(stages)} stages are mapped")
    section.figures |= {
        "stages": len(stages),
        "unmapped": [
            {"pipeline": key[0], "stage": key[1], "label": labels[key], "deals": counts.get(key)}
            for key in reading.unmapped
        ],
        "contradictions": list(reading.contradictions),
    }


def _deals_in(sight: Sight, unmapped: tuple[StageKey, ...]) -> dict[StageKey, int]:
    """How many deals stand in each of these stages, as far as it was asked for."""
    if sight.is_pulled:
        counts = sight.wiring.store.count_deals_by_stage()
        return {key: counts.get(key, 0) for key in unmapped}
    if "deals" not in sight.description.capabilities.readable:
        return {}
    found: dict[StageKey, int] = {}
    for key in unmapped[:MOST_ASKED]:
        sight.progress("deals of unmapped stages", len(found), len(unmapped))
        try:
            found[key] = sight.wiring.crm.count_deals_in(*key)
        except PermanentCrmError:
            break  # nobody may search here: the others would be refused too
    return found


def _lead_status(sight: Sight, section: Section) -> None:
    """Statuses of the mapping's own making that the CRM's property does not have."""
    name = sight.wiring.mapping.fields.company.lead_status
    definition = sight.description.properties.get("companies", {}).get(name or "")
    if definition is None or not definition.options:
        return
    for status, phase in sight.wiring.mapping.lead_status.items():
        is_own = DEFAULT_LEAD_STATUS.get(status) != phase
        if is_own and status not in definition.options:
            section.say(
                "hint",
                f"lead_status.{status}",
                f'"{name}" has no such option: the line does nothing',
                is_detail=True,
            )


def _targets(sight: Sight, section: Section) -> None:
    """Owners in `revenue.targets` whom the CRM does not know."""
    known = {one.external_id for one in sight.description.owners}
    owners = dict.fromkeys(one.owner for one in sight.wiring.parameters.revenue.targets)
    unknown = [one for one in owners if one not in known] if known else []
    for one in unknown:
        section.say(
            "warning",
            f"revenue.targets.{one}",
            f'the CRM knows no owner "{one}": write the id of the owner, which is not that of the '
            "user",
        )
    section.figures["unknown_target_owners"] = unknown


def _own_companies(sight: Sight, section: Section) -> None:
    """Companies in `universe.own_company_ids` that do not exist."""
    ids = sight.wiring.parameters.universe.own_company_ids
    if not ids or "companies" not in sight.description.capabilities.readable:
        return
    try:
        gone = [one for page in sight.wiring.crm.records("companies", ids) for one in page.gone]
    except PermanentCrmError:
        gone = list(ids)  # one of them is no id at all, and the CRM does not say which
    for one in gone:
        section.say(
            "warning",
            f"universe.own_company_ids.{one}",
            f'the CRM has no company "{one}": mend the id, or leave it out',
        )
    section.figures["unknown_own_companies"] = gone


def _currency(sight: Sight, section: Section) -> None:
    """Whether amounts in the account's currency can be told in that of the reports."""
    account, reporting = sight.description.currency, sight.wiring.parameters.reporting
    section.figures["currency"] = {"account": account, "reporting": reporting.currency}
    if account is None or account == reporting.currency:
        return
    if account in reporting.rates:
        text = f"amounts in {account} are told in {reporting.currency} by reporting.rates"
        section.say("ok", "reporting.currency", text)
        return
    section.say(
        "warning",
        "reporting.currency",
        f"reports are in {reporting.currency}, the account in {account}, and reporting.rates has "
        f"no {account}: deals in it count for nothing; set {account}, or give its rates",
    )
    section.miss("realised revenue", f"no rate from {account} to {reporting.currency}")
