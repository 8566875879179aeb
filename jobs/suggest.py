"""A first mapping from what the CRM tells of itself now."""

from connector.ports import Description
from jobs.wiring import Wiring
from mappings.suggest import suggestion
from mappings.suggestion import Suggestion


def suggest_mapping(wiring: Wiring) -> str:
    """Text of a mapping file with the reason for each line; asks the CRM, writes nothing."""
    found = suggestion_of(
        wiring.crm.describe(),
        crm=wiring.config.crm.kind,
        prefix=wiring.parameters.write_back.prefix,
    )
    return found.text


def suggestion_of(description: Description, *, crm: str, prefix: str) -> Suggestion:
    """Suggest a mapping for an account as the CRM describes it."""
    return suggestion(
        description.stages,
        crm=crm,
        prefix=prefix,
        properties=description.properties,
        dispositions=description.dispositions,
    )
