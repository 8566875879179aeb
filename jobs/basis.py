"""What results rest on, as small data that a pull can hold: words, days, digests; no Polars."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from connector.ports import Description
from kpis.parameters import Parameters
from mappings.schema import Mapping as StageMapping

WORDS_KEY = "words"
LAST_AS_OF_KEY = "last_as_of"
COMPUTED_KEY = "computed"
SELLER_TASK_KEY = "seller_task:"
"""State: begin of the keys under which the task of each seller is remembered."""

WRITTEN_KEY = "written_under"
"""State: the last run that wrote, and the fingerprint of its settings; none when nobody knows."""

SYNC = "sync"
"""Kind of the runs that pull, compute and write; others say nothing of the age of the data."""

PREVIEW = "preview"
"""Kind of the runs that only show what such a one would write."""

FINISHED_WELL = frozenset({"done", "partial"})
"""How a run ends that came to its end."""

DAILY_DAYS = 400
"""Days of which every change of our own history is kept; of older months only the last row."""

UNDO_DAYS = 30
"""Days for which a run can be undone: so long what it wrote over is kept."""


def local_date(as_of: datetime, parameters: Parameters) -> date:
    """Day of `as_of` in the reporting time zone."""
    return as_of.astimezone(ZoneInfo(parameters.reporting.timezone)).date()


def words_of(description: Description, mapping: StageMapping) -> dict[str, dict[str, str]]:
    """Labels of the CRM's own words that computing needs: `dispositions` and `options`, by id."""
    company = mapping.fields.company
    properties = description.properties.get("companies", {})
    fields = (company.pains_options, company.gains_options)
    options = [properties[name].options for name in fields if name and name in properties]
    return {
        "dispositions": dict(description.dispositions),
        "options": {value: label for one in options for value, label in one.items()},
    }


def connected_dispositions(
    mapping: StageMapping, words: Mapping[str, Mapping[str, str]]
) -> frozenset[str]:
    """Named dispositions as they are, and the ids of those that are named by their label."""
    named = {one.casefold() for one in mapping.activities.connected_dispositions}
    dispositions = words.get("dispositions", {})
    ids = {one for one, label in dispositions.items() if label.casefold() in named}
    return frozenset({*mapping.activities.connected_dispositions, *ids})


def fingerprint(*parts: str) -> str:
    """Digest of everything that results rest on; equal digests give equal results."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
