"""Which fields the KPIs of an account rest on."""

import pytest

from connector.record import _PARSERS
from connector.values import to_count, to_day, to_decimal, to_flag, to_instant, to_instant_or_day
from jobs.check.need import TYPES, needs_of
from kpis.parameters import Parameters
from mappings.fields import Fields

DEFAULT = Parameters()


def potential(**values: object) -> Parameters:
    section = DEFAULT.potential.model_copy(update=values)
    return DEFAULT.model_copy(update={"potential": section})


def needed(parameters: Parameters) -> set[tuple[str, str]]:
    return {(one.object_type, name) for one in needs_of(parameters) for name in one.fields}


def test_every_field_that_is_needed_is_one_of_the_mapping():
    options = ("company_text", "company_options", "deal_text", "contact_text")
    section = DEFAULT.pains_gains.model_copy(update={"sources": options})
    everything = DEFAULT.model_copy(update={"pains_gains": section})

    for need in needs_of(everything):
        assert set(need.fields) <= set(type(Fields().of(need.object_type)).model_fields)


def test_every_field_that_must_be_a_number_a_day_or_a_flag_has_its_types():
    strict = (to_count, to_day, to_decimal, to_flag, to_instant, to_instant_or_day)

    assert {name for name, reader in _PARSERS.items() if reader in strict} <= set(TYPES)
    assert set(TYPES) <= set(_PARSERS)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"spend_per_employee": {"RETAIL": 10}}, "employees"),
        ({"spend_ratio": {"RETAIL": 1}}, "annual_revenue"),
        ({"tier_amount": {"tier_1": 10}}, "tier"),
    ],
)
def test_source_of_the_potential_needs_its_field_only_when_it_can_be_reckoned(values, field):
    assert ("companies", field) in needed(potential(**values))
    assert ("companies", field) not in needed(DEFAULT)


@pytest.mark.parametrize(
    ("section", "values", "field", "by_default"),
    [
        ("top_relation", {"crm_flag": "always"}, ("companies", "target_account"), False),
        ("top_relation", {"group_by": "none"}, ("companies", "segment"), True),
        ("pains_gains", {"sources": ("deal_text",)}, ("deals", "pains"), False),
        ("pains_gains", {"sources": ("contact_text",)}, ("contacts", "gains"), False),
        ("pains_gains", {"sources": ("deal_text",)}, ("companies", "pains"), True),
    ],
)
def test_field_is_needed_as_the_parameters_say(section, values, field, by_default):
    changed = getattr(DEFAULT, section).model_copy(update=values)

    assert (field in needed(DEFAULT)) is by_default
    assert (field in needed(DEFAULT.model_copy(update={section: changed}))) is not by_default
