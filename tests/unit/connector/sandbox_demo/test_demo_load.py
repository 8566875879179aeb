"""A portal out of a folder of CSV files, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.instants import to_ms
from connector.sandbox.load import LoadError, load_portal

STAGES = """\
pipeline_id,pipeline_label,stage_id,stage_label,display_order,probability,is_closed
default,Verkoop,won,Gewonnen,1,1.0,true
default,Verkoop,first,Eerste,0,0.2,false
"""
GOOD = {
    "account.csv": "key,value\naccount_id,77\ncurrency,USD\ntimezone,America/New_York\n",
    "owners.csv": "id,first_name,last_name,email,user_id,archived\n"
    "11,Anna,Blom,anna@voorbeeld.example,901,false\n12,Ben,Vos,,,true\n",
    "pipelines.csv": STAGES,
    "properties.csv": "object_type,name,label,type,field_type,options\n"
    "companies,soort,Soort,enumeration,select,a=Soort A;b=Soort B\n",
    "companies.csv": "\ufeffid,name,createdate,hs_lastmodifieddate,soort,eigen_veld\n"
    '1,"Brink, BV",2026-01-02T08:00:00Z,2026-03-01T08:00:00Z,a,iets\n2,Linde,,,,\n',
    "contacts.csv": "id,jobtitle\n5,Directeur\n",
    "deals.csv": "id,dealname,pipeline,dealstage,amount,closedate\n"
    "9,Order,default,won,100.50,2026-02-10T12:00:00Z\n",
    "calls.csv": "id,hs_timestamp\n21,2026-02-01T09:00:00Z\n",
    "history.csv": "object_type,id,property,value,timestamp,source_type\n"
    "deals,9,dealstage,first,2026-01-10T08:00:00Z,CRM_UI\n"
    "deals,9,dealstage,won,2026-02-10T12:00:00Z,IMPORT\n",
    "associations.csv": "from_type,from_id,to_type,to_id,label\n"
    "deals,9,companies,1,Primary\ncalls,21,contacts,5,\ncontacts,5,companies,1,Inkoop\n",
    "splits.csv": "deal_id,owner_id,share\n9,11,0.6\n9,12,0.4\n",
    "goals.csv": "id,hubspot_owner_id,hs_target_amount,hs_start_datetime,hs_end_datetime\n"
    "41,11,5000,2026-01-01,2026-04-01T04:00:00Z\n42,,9000,2026-01-01,2027-01-01\n",
    "exchange_rates.csv": "currency,valid_from,rate\nEUR,2026-01-01,1.08\nEUR,2026-07-01,1.1\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in GOOD.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def at(year: int, month: int, day: int, hour: int = 0) -> int:
    return to_ms(datetime(year, month, day, hour, tzinfo=UTC))


def test_account_owners_and_stages_are_loaded(folder):
    portal = load_portal(folder)

    assert (portal.account_id, portal.currency, portal.timezone) == (
        "77",
        "USD",
        "America/New_York",
    )
    assert [(one["id"], one["archived"]) for one in portal.owners] == [("11", False), ("12", True)]
    assert portal.owners[0]["userIdIncludingInactive"] == 901
    assert [one["id"] for one in portal.deal_pipelines[0]["stages"]] == ["first", "won"]


def test_properties_come_from_their_file_else_from_the_columns_as_text(folder):
    properties = load_portal(folder).properties["companies"]

    assert properties["soort"]["options"][1]["label"] == "Soort B"
    assert (properties["eigen_veld"]["type"], properties["eigen_veld"]["fieldType"]) == (
        "string",
        "text",
    )
    assert properties["eigen_veld"]["hubspotDefined"] is False


def test_record_is_dated_by_its_own_columns(folder):
    first, second = load_portal(folder).objects["companies"].values()

    assert first.values["name"] == "Brink, BV"
    assert (first.created_ms, first.moves[-1]) == (at(2026, 1, 2, 8), at(2026, 3, 1, 8))
    assert second.created_ms == at(2020, 1, 1)
    assert "soort" not in second.values


def test_history_becomes_versions(folder):
    deal = load_portal(folder).objects["deals"]["9"]

    assert [(one.value, one.at_ms, one.source_type) for one in deal.versions["dealstage"]] == [
        ("first", at(2026, 1, 10, 8), "CRM_UI"),
        ("won", at(2026, 2, 10, 12), "IMPORT"),
    ]
    assert deal.created_ms == at(2026, 1, 10, 8)
    assert deal.values["hs_is_closed_won"] == "true"
    assert deal.values["closedate"] == "2026-02-10T12:00:00Z"


def test_links_splits_and_rates_are_loaded(folder):
    portal = load_portal(folder)

    assert portal.links.of("deals", "9", "companies")["1"] == (5, 341)
    assert list(portal.links.of("contacts", "5", "calls")) == ["21"]
    own = portal.links.of("contacts", "5", "companies")["1"]
    assert "Inkoop" in {portal.links.label_of("contacts", "companies", one) for one in own}
    assert portal.splits == {"9": [("11", "0.6"), ("12", "0.4")]}
    assert [one["conversionRate"] for one in portal.rates] == [1.08, 1.1]
    assert portal.additional_currencies == ["EUR"]


def test_goals_are_loaded_with_instants_for_days(folder):
    first, team = load_portal(folder).objects["goal_targets"].values()

    assert (first.values["hubspot_owner_id"], first.values["hs_target_amount"]) == ("11", "5000")
    assert first.values["hs_start_datetime"] == "2026-01-01T00:00:00Z"
    assert first.values["hs_end_datetime"] == "2026-04-01T04:00:00Z"
    assert "hubspot_owner_id" not in team.values


def test_two_files_are_enough(tmp_path):
    (tmp_path / "pipelines.csv").write_text(STAGES)
    (tmp_path / "companies.csv").write_text("id\n1\n\n2\n")

    portal = load_portal(tmp_path)

    assert list(portal.objects["companies"]) == ["1", "2"]
    assert (portal.currency, portal.timezone) == ("EUR", "Europe/Amsterdam")


@pytest.mark.parametrize("name", ["companies.csv", "pipelines.csv"])
def test_missing_file_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(LoadError, match=f"{name}: is not there"):
        load_portal(folder)


def case(name: str, line: str, found: str) -> Any:
    head = GOOD[name].lstrip("\ufeff").splitlines()[0]
    return pytest.param(name, f"{head}\n{line}\n", found, id=f"{name}-{line[:24]}")


def faults_of_goals() -> Iterator[Any]:
    yield case("goals.csv", "x,11,5,,", r':2: id: found "x": use digits')
    yield case("goals.csv", "1,99,5,,", r":2: hubspot_owner_id: .* owners.csv")
    yield case("goals.csv", "1,11,5,soon,", r":2: hs_start_datetime: .* or a day")
    yield case("goals.csv", "1,11,5,,\n1,11,5,,", r":3: id: .* no other line of goals.csv")
    yield case("history.csv", "goal_targets,1,x,1,2026-01-01,", r":2: object_type: .* companies")


def faults() -> Iterator[Any]:
    yield case("account.csv", "colour,red", r':2: key: found "colour": use one of account_id')
    yield case("account.csv", "account_id,x1", r':2: value: found "x1": use digits')
    yield case("account.csv", "currency,euro", r":2: value: .* ISO 4217")
    yield case("account.csv", "timezone,Mars/Base", r":2: value: .* such as Europe/Amsterdam")
    yield case("account.csv", "timezone,", r':2: value: found "": use a value')
    yield case("owners.csv", "a,A,B,,,", r':2: id: found "a": use digits')
    yield case("owners.csv", "1,A,B,,,\n1,A,B,,,", r":3: id: .* no other line")
    yield case("owners.csv", "1,A,B,,,yes", r':2: archived: found "yes": use one of true, false')
    yield case("pipelines.csv", "p,P,s,S,0,1.5,true", r":2: probability: .* from 0 to 1")
    yield case("pipelines.csv", "p,P,s,S,0,,true", r":2: probability: .* from 0 to 1")
    yield case("pipelines.csv", "p,P,s,S,0,nan,true", r":2: probability: .* from 0 to 1")
    yield case("pipelines.csv", "p,P,s,S,x,1,true", r":2: display_order: .* a number")
    yield case("pipelines.csv", "p,P,s,S,0,1,true\np,P,s,S,0,1,true", r":3: stage_id: found")
    yield case("properties.csv", "tickets,x,X,string,text,", r":2: object_type: .* companies")
    yield case("properties.csv", "deals,X y,X,string,text,", r":2: name: .* small letters")
    yield case("properties.csv", "deals,x,X,money,text,", r":2: type: .* number, string")
    yield case("properties.csv", "deals,x,X,number,text,", r':2: field_type: found "text": use')
    yield case("properties.csv", "deals,x,X,enumeration,select,a", r":2: options: .* value=Label")
    yield case("companies.csv", "x1,N,,,,", r':2: id: found "x1": use digits')
    yield case("companies.csv", "1,N,,,,\n1,N,,,,", r":3: id: .* no other line of companies.csv")
    yield case("companies.csv", "1,N,gisteren,,,", r":2: createdate: .* an instant such as")
    yield case("companies.csv", "1,N,2026-01-01T08:00:00,,,", r":2: createdate: .* with a zone")
    yield case("companies.csv", "1,N,,,,,,", r":2: found 8 cells: use at most 6")
    yield case("companies.csv", '1,"N', r":2: found unexpected end of data: close the quotes")
    yield case("history.csv", "deals,8,amount,1,2026-01-01,", r":2: id: .* an id that deals.csv")
    yield case("history.csv", "deals,9,amount,1,2026-01-01,", r":2: property: .* its last line")
    yield case(
        "history.csv",
        "deals,9,x,1,2026-01-02,\ndeals,9,x,2,2026-01-01,",
        r":3: timestamp: .* oldest first",
    )
    yield case("history.csv", "deals,9,X,1,2026-01-02,", r':2: found property "X": use names')
    yield case("associations.csv", "deals,9,tasks,1,", r":2: to_id: .* an id that tasks.csv has")
    yield case("associations.csv", "calls,21,emails,1,", r":2: to_type: .* companies, contacts")
    yield case("associations.csv", "calls,21,companies,1,Primary", r":2: label: .* Primary between")
    yield case("splits.csv", "8,11,0.5", r":2: deal_id: .* deals.csv")
    yield case("splits.csv", "9,99,0.5", r":2: owner_id: .* owners.csv")
    yield case("splits.csv", "9,11,2", r":2: share: .* from 0 to 1")
    yield case("exchange_rates.csv", "GBP,2026-01-01,0", r":2: rate: .* above 0")
    yield case("exchange_rates.csv", "GBP,soon,1", r":2: valid_from: .* or a day")


@pytest.mark.parametrize(("name", "text", "message"), [*faults(), *faults_of_goals()])
def test_fault_names_file_line_what_was_found_and_what_is_allowed(folder, name, text, message):
    (folder / name).write_text(text, encoding="utf-8")

    with pytest.raises(LoadError, match=message) as caught:
        load_portal(folder)

    assert "history" in name or name in str(caught.value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "deal_id,owner_id",
            r'splits.csv:1: found columns "deal_id, owner_id": "share" is missing',
        ),
        ("deal_id,owner_id,share,note", r':1: found column "note": use deal_id, owner_id, share'),
        ("deal_id,owner_id,share,share", r':1: found column "share" twice'),
    ],
)
def test_columns_are_checked(folder, header, message):
    (folder / "splits.csv").write_text(f"{header}\n")

    with pytest.raises(LoadError, match=message):
        load_portal(folder)


def test_line_of_a_fault_is_where_it_begins_after_a_text_of_several_lines(folder):
    (folder / "companies.csv").write_text('id,name\n1,"a\nb"\nx,"c\nd"\n')

    with pytest.raises(LoadError, match=r"companies.csv:4: id"):
        load_portal(folder)


def test_file_that_is_no_utf_8_is_refused(folder):
    (folder / "companies.csv").write_bytes(b"id,name\n1,Zo\xeb\n")

    with pytest.raises(LoadError, match=r"companies\.csv: found bytes that are no UTF-8"):
        load_portal(folder)


def test_long_cell_is_shown_in_part(folder):
    (folder / "account.csv").write_text(f"key,value\n{'k' * 60},1\n")

    with pytest.raises(LoadError, match=rf'found "{"k" * 40}\.\.\."'):
        load_portal(folder)


def test_error_never_shows_a_value_of_a_record(folder):
    (folder / "history.csv").write_text(
        "object_type,id,property,value,timestamp\ncompanies,1,name,Geheim BV,2026-01-01\n"
    )

    with pytest.raises(LoadError) as caught:
        load_portal(folder)

    assert "Geheim" not in str(caught.value)
    assert "Brink" not in str(caught.value)


def test_layout_document_names_every_file():
    text = (Path(__file__).parents[4] / "docs" / "load-layout.md").read_text(encoding="utf-8")

    assert all(f"`{name}`" in text for name in GOOD)
