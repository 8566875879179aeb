"""Answers of the live API, recorded in March 2026: they are not part of this project."""

import json
from pathlib import Path
from typing import Any

import pytest

from connector.hubspot.description import _to_stage
from connector.hubspot.dialect import HubSpotDialect
from connector.hubspot.payload import next_page, results_of
from connector.hubspot.schema import to_definition
from connector.hubspot.translate import Translation
from mappings.fields import Fields

WIRE = Path(__file__).parents[5] / "shared" / "data" / "hubspot-wire-nango"

pytestmark = pytest.mark.skipif(not WIRE.is_dir(), reason="the recorded answers are not here")


def recorded(name: str, method: str, path: str) -> dict[str, Any]:
    """One exchange: `response` and `headers`, the first where there are several."""
    exchanges = json.loads((WIRE / f"{name}.test.json").read_text("utf-8"))["api"][method][path]
    found: dict[str, Any] = exchanges[0] if isinstance(exchanges, list) else exchanges
    return found


@pytest.mark.parametrize(
    ("name", "object_type", "count"),
    [
        ("list-companies", "companies", 57),
        ("list-contacts", "contacts", 26),
        ("list-deals", "deals", 20),
        ("tasks", "tasks", 25),
    ],
)
def test_every_recorded_record_can_be_read(name, object_type, count):
    answer = recorded(name, "get", f"/crm/v3/objects/{object_type}")["response"]
    build = Translation(fields=Fields(), prefix="csk_", standing={}).builder(object_type)

    records = [build(payload) for payload in results_of(answer)]

    assert len({record.external_id for record in records}) == count
    assert next_page(answer) is None


def test_recorded_search_names_its_next_page():
    answer = recorded("search-deals", "post", "/crm/v3/objects/deals/search")["response"]

    assert next_page(answer) is not None


def test_recorded_pipeline_has_one_stage_won_and_one_lost():
    (pipeline,) = results_of(
        recorded("fetch-pipelines", "get", "/crm/v3/pipelines/deals")["response"]
    )

    stages = [_to_stage(pipeline, stage) for stage in pipeline["stages"]]

    assert [one.stage for one in stages if one.is_won] == ["closedwon"]
    assert [one.stage for one in stages if one.is_lost] == ["closedlost"]
    assert len(stages) == 7


def test_recorded_definitions_tell_type_options_and_what_may_be_written():
    path = "/crm/v3/properties/companies"
    answer = recorded("fetch-properties", "get", path)["response"]
    definitions = {one.name: one for one in map(to_definition, results_of(answer))}

    assert len(definitions) == 247
    assert definitions["annualrevenue"].value_type == "number"
    assert definitions["hs_lastmodifieddate"].is_read_only
    assert not definitions["name"].is_read_only
    assert "PROSPECT" in definitions["type"].options


def test_recorded_headers_tell_the_limit_of_ten_seconds():
    exchange = recorded("list-companies", "get", "/crm/v3/objects/companies")

    reading = HubSpotDialect().limits_of(exchange["headers"])

    assert reading is not None
    assert (reading.calls_max, reading.window_s) == (110, 10.0)
