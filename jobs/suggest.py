"""A first mapping from the pipelines that the CRM has now."""

from jobs.wiring import Wiring
from mappings.suggest import suggest


def suggest_mapping(wiring: Wiring) -> str:
    """Text of a mapping file with the reason for each line; asks the CRM, writes nothing."""
    return suggest(wiring.crm.describe().stages)
