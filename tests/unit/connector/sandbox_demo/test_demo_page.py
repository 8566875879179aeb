"""The company pages: labels, Dutch days and money, and nothing that could run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
import requests

from connector.sandbox import Portal, Sandbox
from connector.sandbox.demo import demo_portal

NOW = datetime(2026, 11, 25, 11, tzinfo=UTC)
PHASES = {
    "no_interest": "Geen interesse",
    "orienting": "Oriënteren",
    "interest": "Interesse",
    "quote": "Offertefase",
    "order": "Orderfase",
    "unknown": "Onbekend",
}
MONEY = {"numberDisplayHint": "currency"}
OUTPUTS = [
    ("buying_phase", "Fase koopproces", "enumeration", "select", PHASES, {}),
    ("phase_since", "Fase sinds", "date", "date", {}, {}),
    ("phase_status", "Voortgang fase", "enumeration", "select", {"stalled": "Stilstand"}, {}),
    ("is_top_relation", "Toprelatie", "bool", "booleancheckbox", {}, {}),
    ("top_relation_basis", "Grond Toprelatie", "enumeration", "select", {"rule": "Regel"}, {}),
    ("top_relation_since", "Toprelatie sinds", "date", "date", {}, {}),
    ("potential_revenue", "Potentiële omzet per jaar", "number", "number", {}, MONEY),
    (
        "share_of_potential",
        "Klantaandeel",
        "number",
        "number",
        {},
        {"numberDisplayHint": "percentage"},
    ),
    ("potential_index", "Potentieel-index", "number", "number", {}, {}),
    ("phase_conflict", "Fase wijkt af van deal", "bool", "booleancheckbox", {}, {}),
    ("recommended_approach", "Aanbevolen aanpak", "string", "textarea", {}, {}),
    ("phase_history", "Faseverloop", "string", "textarea", {}, {}),
    ("score_explanation", "Toelichting score", "string", "textarea", {}, {}),
    (
        "next_best_action",
        "Volgende beste actie",
        "enumeration",
        "select",
        {"reach_out": "Neem contact op"},
        {},
    ),
    ("next_best_action_text", "Toelichting actie", "string", "textarea", {}, {}),
    (
        "data_warnings",
        "Datawaarschuwingen",
        "enumeration",
        "checkbox",
        {"boilerplate": "Standaardtekst", "owner_archived": "Eigenaar inactief"},
        {},
    ),
    ("calculated_at", "Berekend op", "datetime", "date", {}, {}),
]
VALUES = {
    "buying_phase": "quote",
    "phase_since": "2026-10-05",
    "phase_status": "stalled",
    "is_top_relation": "true",
    "top_relation_basis": "rule",
    "top_relation_since": "2026-11-01",
    "potential_revenue": "185000",
    "share_of_potential": "0.2008",
    "potential_index": "1.6997",
    "phase_conflict": "true",
    "recommended_approach": "Niet pushen <b>nooit</b>.",
    "phase_history": "2026-10-05 interest>quote (deal)",
    "score_explanation": "66/100",
    "next_best_action": "reach_out",
    "next_best_action_text": "Bel de beslisser.",
    "data_warnings": "boilerplate;owner_archived",
    "calculated_at": "2026-11-25T10:30:00Z",
}


class Client:
    """Asks for pages over HTTP."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def get(self, path: str, params: dict[str, str] | None = None) -> requests.Response:
        return requests.get(self.base_url + path, params=params, timeout=10)


@contextmanager
def served(portal: Portal) -> Iterator[Client]:
    with Sandbox(portal, clock=lambda: NOW) as sandbox:
        yield Client(sandbox.base_url)


def add_outputs(portal: Portal, prefix: str = "csk_") -> None:
    for name, label, value_type, field_type, options, extra in OUTPUTS:
        portal.add_property(
            "companies",
            prefix + name,
            label,
            value_type,
            field_type,
            options,
            "consultative_selling",
            **extra,
        )
    for name, options in {"deal_phase": PHASES, "deal_decides_phase": {}}.items():
        value_type = "enumeration" if options else "bool"
        portal.add_property("deals", prefix + name, name, value_type, "select", options)


@pytest.fixture
def portal():
    portal = demo_portal(today=date(2026, 11, 25))
    add_outputs(portal)
    return portal


@pytest.fixture
def client(portal):
    with served(portal) as client:
        yield client


def first_with_deals(portal: Portal) -> str:
    return next(
        one
        for one in portal.objects["companies"]
        if portal.links.of("companies", one, "deals")
        and portal.links.of("companies", one, "meetings")
    )


@pytest.fixture
def company_id(portal):
    found = first_with_deals(portal)
    values = {f"csk_{name}": value for name, value in VALUES.items()}
    portal.set_values("companies", found, values, at=NOW)
    return found


def test_card_shows_labels_dutch_days_and_money(client, company_id):
    html = client.get(f"/companies/{company_id}").text

    for text in (
        "Offertefase</b> sinds 05-10-2026",
        "Stilstand",
        "Toprelatie</b> sinds 01-11-2026, op grond van: regel",
        "€ 185.000",
        "20%",
        "1,70",
        "<dt>Fase wijkt af van deal</dt><dd>Ja</dd>",
        "<li>Standaardtekst</li><li>Eigenaar inactief</li>",
        "Neem contact op",
        "Bel de beslisser.",
        "66/100",
        "Berekend op 25-11-2026 11:30",
    ):
        assert text in html, text
    assert "stalled" not in html
    assert '<li class="on" aria-current="step">Offertefase</li>' in html


def test_inputs_stand_on_the_page_empty_ones_too(client, portal, company_id):
    pains = {"csk_pains": "- Levertijd\n- Prijs", "csk_current_suppliers": ""}
    portal.set_values("companies", company_id, pains, at=NOW)

    html = client.get(f"/companies/{company_id}").text

    assert "<dt>Pains (één per regel)</dt>" in html
    assert "- Levertijd\n- Prijs" in html
    assert 'Huidige leveranciers</dt><dd class="lines"><span class="none">nog leeg' in html


def test_deals_show_stage_phase_amount_and_what_decides(client, portal, company_id):
    deal_id = next(iter(portal.links.of("companies", company_id, "deals")))
    values = {
        "pipeline": "718204455",
        "dealstage": "1042201873",
        "amount": "12500.5",
        "deal_currency_code": "USD",
        "closedate": "2026-12-31T23:30:00Z",
        "csk_deal_phase": "quote",
        "csk_deal_decides_phase": "true",
    }
    portal.set_values("deals", deal_id, values, at=NOW)

    html = client.get(f"/companies/{company_id}").text

    assert "Offerte uitgebracht" in html
    assert "US$ 12.500,50" in html
    assert "01-01-2027" in html
    assert '<td>Offertefase <span class="pill">bepaalt fase</span></td>' in html


def test_archived_deal_is_not_shown(client, portal, company_id):
    for deal_id in portal.links.of("companies", company_id, "deals"):
        portal.archive("deals", deal_id, at=NOW)

    assert "Geen deals." in client.get(f"/companies/{company_id}").text


def test_activities_are_split_into_what_is_planned_and_what_was(client, portal):
    portal.add_record("companies", "7", {"name": "Stil"}, at=NOW)
    for number, (at, outcome) in enumerate(
        [("2026-11-25T11:00:00Z", "COMPLETED"), ("2026-11-25T11:00:01Z", "SCHEDULED")], start=1
    ):
        values = {"hs_timestamp": at, "hs_meeting_outcome": outcome, "hs_meeting_title": outcome}
        portal.add_record("meetings", str(number), values, at=NOW)
        portal.associate("meetings", str(number), "companies", "7")

    html = client.get("/companies/7").text

    planned, past = html.index("<h3>Gepland</h3>"), html.index("<h3>Laatste</h3>")
    assert planned < html.index("SCHEDULED") < past < html.index("COMPLETED")
    assert "afgerond" in html
    assert "0 contactpersonen" in html
    assert "Geen verkoper" in html
    assert "Nog niet berekend" in html


def test_company_without_anything_says_so(client, portal):
    portal.add_record("companies", "7", {}, at=NOW)

    html = client.get("/companies/7").text

    assert "<h1>7</h1>" in html
    assert "Nog niets vastgelegd." in html
    assert "Geen deals." in html


def test_texts_are_escaped(client, portal, company_id):
    attack = "<script>alert(1)</script>"
    portal.set_values("companies", company_id, {"name": attack, "csk_pains": attack}, at=NOW)

    for path in (f"/companies/{company_id}", "/companies"):
        html = client.get(path).text
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;nooit&lt;/b&gt;" in client.get(f"/companies/{company_id}").text


@pytest.mark.parametrize("path", ["/companies", "/companies/1", "/companies/style.css"])
def test_every_answer_has_a_strict_policy(client, path):
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]

    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "style=" not in answer.text


@pytest.mark.parametrize("path", ["/companies/1", "/companies/%3Cb%3E"])
def test_unknown_company_is_not_found(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "Niet gevonden" in answer.text
    assert "<b>" not in answer.text


def test_archived_company_is_not_found(client, portal, company_id):
    portal.archive("companies", company_id, at=NOW)

    assert client.get(f"/companies/{company_id}").status_code == 404


def test_merged_id_leads_to_the_survivor(client, portal, company_id):
    other = list(portal.objects["companies"])[-1]
    portal.merge("companies", company_id, other, at=NOW)

    assert client.get(f"/companies/{other}").status_code == 200


def test_list_puts_top_relations_first_then_the_highest_potential(client, portal, company_id):
    high, odd = [one for one in portal.objects["companies"] if one != company_id][:2]
    portal.set_values("companies", high, {"csk_potential_revenue": "900000"}, at=NOW)
    portal.set_values("companies", odd, {"csk_potential_revenue": "veel"}, at=NOW)

    html = client.get("/companies").text

    assert html.index(f"/companies/{company_id}") < html.index(f"/companies/{high}")
    assert html.index(f"/companies/{high}") < html.index(f"/companies/{odd}")
    assert "€ 900.000" in html
    assert "Bedrijven <small>60</small>" in html
    assert client.get("/").text == html


def test_list_narrows_to_a_phase(client, portal, company_id):
    html = client.get("/companies", params={"phase": "quote"}).text

    assert "Bedrijven <small>1</small>" in html
    assert f"/companies/{company_id}" in html
    assert "Geen bedrijven in deze fase." in client.get("/companies?phase=order").text


@pytest.mark.parametrize(
    ("page", "shown"), [("1", 100), ("2", 30), ("3", 30), ("0", 100), ("x", 100), ("9" * 30, 100)]
)
def test_list_has_pages(page, shown):
    portal = demo_portal(today=date(2026, 11, 25), companies=130)
    with served(portal) as client:
        html = client.get("/companies", params={"page": page}).text

    assert html.count('<a href="/companies/2') == shown
    assert "Pagina " in html


def test_page_reads_an_account_without_set_up():
    portal = Portal()
    portal.add_record("companies", "7", {"name": "Linde"}, at=NOW)
    with served(portal) as client:
        html = client.get("/companies/7").text
        listed = client.get("/companies").text

    assert "De velden zijn nog niet aangemaakt." in html
    assert "Linde" in listed
    assert '<nav class="tabs">' not in listed


def test_page_finds_the_properties_under_another_prefix():
    portal = Portal()
    add_outputs(portal, prefix="tr_")
    portal.add_record("companies", "7", {"tr_buying_phase": "order"}, at=NOW)
    with served(portal) as client:
        assert "<b>Orderfase</b>" in client.get("/companies/7").text


@pytest.mark.parametrize("value", ["geen-dag", "2026-13-45", "2026-10-05Tnoon"])
def test_value_that_fits_no_definition_stands_as_it_is(client, portal, company_id, value):
    values = {"csk_phase_since": value, "csk_potential_revenue": value, "csk_calculated_at": value}
    portal.set_values("companies", company_id, values, at=NOW)

    deal_id = next(iter(portal.links.of("companies", company_id, "deals")))
    portal.set_values("deals", deal_id, {"amount": value}, at=NOW)

    assert f'<td class="number">{value}</td>' in client.get(f"/companies/{company_id}").text
    assert f"sinds {value}" in client.get(f"/companies/{company_id}").text


def test_page_speaks_english_to_who_reads_english_and_labels_stay(client, portal, company_id):
    portal.language = "en"
    portal.add_record("companies", "7", {}, at=NOW)

    html = client.get(f"/companies/{company_id}").text
    listed = client.get("/companies").text
    missing = client.get("/companies/1").text

    assert '<html lang="en">' in html
    assert "For the seller to fill in" in html
    assert "Fase koopproces" in listed
    assert "05 Oct 2026" in html
    assert "€ 185,000" in html
    assert [word for word in DUTCH if word in html + listed + missing] == []
    assert "Nothing recorded yet." in client.get("/companies/7").text


DUTCH = ("Bedrijven", "Verkoper<", "</b> sinds", "nog leeg", "Afspraak<", "Niet gevonden")


@pytest.mark.parametrize(
    ("view", "shown"), [("top", True), ("stalled", True), ("unheard-of", True)]
)
def test_list_has_the_views_that_an_admin_would_save(client, company_id, view, shown):
    html = client.get("/companies", params={"view": view}).text

    assert (f"/companies/{company_id}" in html) is shown
    assert ("Bedrijven <small>60</small>" in html) is (view == "unheard-of")
    assert ('<span class="pill">' in html) is (view != "unheard-of")
