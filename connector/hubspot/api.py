"""Where HubSpot's API lives: the one place that names its version, paths and page sizes."""

from kpis.vocabulary import ObjectType

VERSION = "2026-09"
"""Date of the API in use; supported for 18 months, every path below carries it."""

ASSOCIATION_BATCH = 1000
HISTORY_BATCH = 50
WRITE_BATCH = 100
PAGE = 100

TYPE_IDS: dict[str, ObjectType] = {"0-1": "contacts", "0-2": "companies", "0-3": "deals"}
"""Our object types by the numeric ids under which limits name them."""


GOALS = "goal_targets"
"""HubSpot's name of the targets of sellers."""


def objects(object_type: str) -> str:
    """Path of the records of one type."""
    return f"/crm/objects/{VERSION}/{object_type}"


def record(object_type: str, external_id: str) -> str:
    """Path of one record."""
    return f"{objects(object_type)}/{external_id}"


def search(object_type: str) -> str:
    """Path of the search over one type."""
    return f"{objects(object_type)}/search"


def batch(object_type: str, verb: str) -> str:
    """Path of a batch of records; `verb` is `read` or `update`."""
    return f"{objects(object_type)}/batch/{verb}"


def association_batch(from_type: str, to_type: str) -> str:
    """Path that reads the associations of many records."""
    return f"/crm/associations/{VERSION}/{from_type}/{to_type}/batch/read"


def properties(object_type: str) -> str:
    """Path of the property definitions of one type."""
    return f"/crm/properties/{VERSION}/{object_type}"


def property_groups(object_type: str) -> str:
    """Path of the property groups of one type."""
    return f"{properties(object_type)}/groups"


def property_of(object_type: str, name: str) -> str:
    """Path of one property definition."""
    return f"{properties(object_type)}/{name}"


def property_group(object_type: str, name: str) -> str:
    """Path of one property group."""
    return f"{property_groups(object_type)}/{name}"


def modified_property(object_type: str) -> str:
    """Name of the modified date; the wrong one finds nothing and tells nobody."""
    return "lastmodifieddate" if object_type == "contacts" else "hs_lastmodifieddate"


ACCOUNT = f"/account-info/{VERSION}/details"
OWNERS = f"/crm/owners/{VERSION}"
PIPELINES = f"/crm/pipelines/{VERSION}/deals"
PROPERTY_LIMITS = f"/crm/limits/{VERSION}/custom-properties"
EXCHANGE_RATES = f"/settings/currencies/{VERSION}/exchange-rates"
DEAL_SPLITS = f"/deal-splits/{VERSION}/batch/read"
