"""Suggested fields: only what a name or label tells, never of another type, and always loadable."""

from collections.abc import Mapping as Table

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.definition import PropertyDefinition
from kpis.vocabulary import ObjectType
from mappings.fields import Fields
from mappings.schema import Mapping
from mappings.suggest import suggestion
from mappings.suggestion import Mark, Suggestion
from mappings.validation import validated
from mappings.yaml import document_of

OBJECTS: dict[str, ObjectType] = {"company": "companies", "contact": "contacts", "deal": "deals"}
TYPES = {"numberofemployees": "number", "annualrevenue": "number", "amount": "number"}


def made(name: str, label: str, kind: str = "string", **more) -> PropertyDefinition:
    return PropertyDefinition(name=name, label=label, value_type=kind, field_type="text", **more)


Properties = Table[ObjectType, Table[str, PropertyDefinition]]


def account(**own: PropertyDefinition) -> Properties:
    """Account with every default property, and own ones: `company_x=...` stands on companies."""
    found: dict[ObjectType, dict[str, PropertyDefinition]] = {
        object_type: {
            name: made(name, name.title(), TYPES.get(name, "string"))
            for _, name in getattr(Fields(), group)
            if name and not name.startswith("csk_")
        }
        for group, object_type in OBJECTS.items()
    }
    for key, one in own.items():
        found[OBJECTS[key.partition("_")[0]]][one.name] = one
    return found


def suggested(**own: PropertyDefinition) -> Suggestion:
    return suggestion([], properties=account(**own))


def line(name: str, found: Suggestion) -> str | None:
    """Line of one field, open ones with their mark of a comment."""
    starts = (f"{name}:", f"# {name}:")
    return next(
        (one.text.strip() for one in found.lines if one.text.strip().startswith(starts)), None
    )


def mapped(found: Suggestion) -> Mapping:
    return validated(document_of(found.text, file="s.yaml"), Mapping)


def test_defaults_that_stand_are_named_with_their_label_and_need_no_check():
    found = suggested()

    assert line("segment", found) == 'segment: industry  # "Industry", the default'
    assert line("owner", found) is None
    assert list(found.marked("check")) == []
    assert list(found.marked("open")) == []
    assert mapped(found).fields == Mapping().fields


@pytest.mark.parametrize(
    ("group", "field", "one"),
    [
        ("deal", "margin", made("marge", "Marge", "number")),
        ("deal", "margin", made("x1", "Gross profit", "number")),
        ("contact", "left", made("uit_dienst", "Uit dienst", "bool")),
        ("company", "cost_to_serve", made("c", "Cost to serve per year", "number")),
    ],
)
def test_field_without_a_default_takes_the_one_property_whose_label_tells(group, field, one):
    found = suggested(**{f"{group}_own": one})

    assert line(field, found) == f'{field}: {one.name}  # check: label "{one.label}"'
    assert getattr(getattr(mapped(found).fields, group), field) == one.name


def test_name_tells_where_the_label_does_not():
    found = suggested(deal_own=made("deal_margin", "Resultaat", "number"))

    assert line("margin", found) == 'margin: deal_margin  # check: label "Resultaat"'


@pytest.mark.parametrize(
    "one",
    [
        made("marge", "Marge", "string"),
        made("marge", "Marge", "enumeration", options={"hoog": "Hoog"}),
        made("marge", "Marge %", "number"),
        made("marge", "Margepercentage", "number"),
        made("marge", "Marge", "number", number_hint="percentage"),
        made("marge_datum", "Datum marge", "number"),
        made("hs_margin", "Margin", "number"),
        made("csk_margin", "Margin", "number"),
    ],
)
def test_property_of_another_type_or_meaning_is_not_suggested(one):
    found = suggested(deal_own=one)

    assert line("margin", found) == (
        "margin: null  # no property tells by its name that it holds this: margins are not measured"
    )


def test_two_properties_that_would_do_are_left_to_a_person():
    found = suggested(
        deal_one=made("marge", "Marge", "number"), deal_two=made("bruto", "Brutowinst", "number")
    )

    assert line("margin", found) == (
        'margin: null  # "Marge" ("marge") or "Brutowinst" ("bruto")? until you choose, '
        "margins are not measured"
    )
    assert [text.partition(":")[0] for _, text in found.marked("open")] == ["margin"]


def test_own_property_beside_a_default_is_named_and_not_taken():
    found = suggested(company_own=made("branche", "Branche", "enumeration"))

    assert line("segment", found) == (
        'segment: industry  # check: "Industry"; or your own "Branche" ("branche")?'
    )


def test_reason_of_loss_to_choose_from_is_better_than_free_text():
    own = made("verliesreden", "Verliesreden", "enumeration", options={"prijs": "Prijs"})

    found = suggested(deal_own=own)

    assert line("lost_reason", found) == (
        'lost_reason: verliesreden  # check: label "Verliesreden", to choose from; '
        '"Closed_Lost_Reason" is free text'
    )
    assert line("prijs", found) == 'prijs: no_interest  # check: "Prijs": word "Prijs"'


def test_second_reason_of_loss_in_free_text_is_only_named():
    found = suggested(deal_own=made("verliesreden", "Verliesreden"))

    assert line("lost_reason", found) == (
        'lost_reason: closed_lost_reason  # check: "Closed_Lost_Reason"; or your own '
        '"Verliesreden" ("verliesreden")?'
    )


def test_own_property_takes_the_place_of_an_input_that_set_up_would_create():
    found = suggested(company_own=made("lev", "Huidige leveranciers"))

    assert line("current_suppliers", found) == (
        'current_suppliers: lev  # check: label "Huidige leveranciers"; without this line '
        "csk_current_suppliers"
    )
    assert mapped(found).fields.company.current_suppliers == "lev"


def test_two_candidates_for_an_input_leave_it_with_us():
    found = suggested(
        company_a=made("lev", "Leveranciers"), company_b=made("sup", "Current suppliers")
    )

    assert line("current_suppliers", found) == (
        '# current_suppliers:   # "Leveranciers" ("lev") or "Current suppliers" ("sup")? else '
        "csk_current_suppliers"
    )
    assert mapped(found).fields.company.current_suppliers == "csk_current_suppliers"


def test_inputs_without_a_candidate_have_no_line():
    assert line("pains", suggested()) is None


def test_default_that_the_crm_lacks_is_not_asked_for():
    properties = account()
    lacking = {
        "companies": ("hs_ideal_customer_profile", "type", "name"),
        "contacts": (),
        "deals": ("closed_lost_reason",),
    }
    left = {
        kind: {name: one for name, one in found.items() if name not in lacking[kind]}
        for kind, found in properties.items()
    }

    found = suggestion([], properties=left)

    assert line("tier", found) == (
        'tier: null  # the CRM has no property "hs_ideal_customer_profile": potential by tier is '
        "not estimated"
    )
    assert line("type", found) == 'type: null  # the CRM has no property "type"'
    assert line("name", found) is None
    assert "lost_reasons" not in found.text
    assert mapped(found).fields.company.tier is None


def test_lack_of_what_revenue_rests_on_is_to_be_checked():
    properties = account()
    deals = {name: one for name, one in properties["deals"].items() if name != "closedate"}

    found = suggestion([], properties={"deals": deals})

    assert line("closed_on", found) == (
        'closed_on: null  # check: the CRM has no property "closedate": name the one that holds it'
    )


def test_default_of_another_type_is_not_read():
    properties = account(company_own=made("numberofemployees", "Employees", "string"))

    found = suggestion([], properties=properties)

    assert line("employees", found) == (
        'employees: null  # check: "Employees" is of type string: potential by employees is not '
        "estimated"
    )


def test_column_of_a_file_may_be_any_type_since_nobody_told_it():
    properties: Properties = {
        "deals": {"marge": made("marge", "marge"), "dealstage": made("dealstage", "s")}
    }

    found = suggestion([], crm="files", properties=properties)

    assert line("margin", found) == 'margin: marge  # check: label "marge"'


def test_object_whose_properties_cannot_be_read_keeps_its_defaults():
    found = suggestion([], properties={"companies": {}})

    assert "fields" not in found.text
    assert mapped(found) == Mapping()


names = st.sampled_from(
    ["marge", "no", "012", "a: b", "#", '"', "lost_reason", "leveranciers", "branche", "fte"]
) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
labels = st.sampled_from(
    ["Marge", "Leveranciers", "Reden verloren", "Branche\nregel", 'Pains "x" # y', "Uit dienst"]
) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def any_property(draw: st.DrawFn) -> PropertyDefinition:
    return PropertyDefinition(
        name=draw(names),
        label=draw(labels),
        value_type=draw(st.sampled_from(["string", "number", "enumeration", "bool", "date"])),
        field_type="text",
        options=draw(st.dictionaries(names, labels, max_size=3)),
        number_hint=draw(st.sampled_from([None, "percentage"])),
    )


@settings(deadline=None, max_examples=40)  # reading YAML takes its time
@given(
    st.dictionaries(
        st.sampled_from(["companies", "contacts", "deals"]), st.lists(any_property(), max_size=5)
    )
)
def test_any_properties_give_a_file_that_loads(by_type):
    properties = {kind: {one.name: one for one in found} for kind, found in by_type.items()}

    found = suggestion([], properties=properties)

    assert mapped(found).crm == "hubspot"
    marks: tuple[Mark, ...] = ("check", "open")
    for mark in marks:
        for number, text in found.marked(mark):
            assert found.text.split("\n")[number - 1].strip() == text
