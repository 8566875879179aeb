"""Pages of answers with the records that must come out of them, side by side in tests/golden."""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from mappings.fields import Fields

GOLDEN = Path(__file__).parents[3] / "golden" / "hubspot"
FIELDS = Fields(message_direction="richting")


@pytest.mark.parametrize(
    "object_type",
    ["companies", "contacts", "deals", "calls", "meetings", "emails", "tasks", "communications"],
)
def test_page_gives_the_records_that_stand_beside_it(replay, adapter, pytestconfig, object_type):
    expected_path = GOLDEN / f"{object_type}.expected.json"
    answer = json.loads((GOLDEN / f"{object_type}.json").read_text("utf-8"))
    replay.lay("GET", f"/crm/objects/2026-09/{object_type}", answer)

    page = next(iter(adapter(fields=FIELDS).changes(object_type, None)))

    found = {
        "records": [_fields_of(one) for one in page.records],
        "rejections": [_fields_of(one) for one in page.rejections],
    }
    text = json.dumps(found, default=str, indent=2, ensure_ascii=False) + "\n"
    if pytestconfig.getoption("--update-golden"):
        expected_path.write_text(text, "utf-8")
    assert json.loads(text) == json.loads(expected_path.read_text("utf-8"))


def _fields_of(record: Any) -> dict[str, Any]:
    """All fields, those that hold their default too: a lost one must show."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()
    }
