"""Each chapter of an explanation: what is said in each case."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kpis.explain import explain
from kpis.frames import OwnHistory
from kpis.parameters import Parameters
from tests.unit.kpis.builders import TEXTS
from tests.unit.kpis.explain.tree import children, explained, one, walk
from tests.unit.kpis.phase.world import AS_OF, change
from tests.unit.kpis.scene import Scene


def names_of(node) -> dict[str, str]:
    return {name: note for name, _, note in children(node)}


def test_relation_outside_the_results_cannot_be_explained():
    scene = Scene().company("1")

    with pytest.raises(LookupError, match="explain: 2 is no relation of the results"):
        explain(scene.results(), scene.mirror(), Parameters(), TEXTS, "2", as_of=AS_OF)


def test_seller_is_named_with_id_and_day_of_assignment():
    scene = Scene(owners=[{"seller_id": "S1", "name": "Anna", "is_archived": False}])
    scene.company("1", owner_assigned_at=AS_OF - timedelta(days=400))

    seller = one(explained(scene), "seller")

    assert (seller.value, seller.note) == ("Anna", "id S1; eigenaar sinds 26-05-2025")


def test_value_first_seen_by_us_says_so():
    scene = Scene().given("1", 10, annual_category_spend=Decimal(1000))
    scene.company_changes[-1]["is_seen"] = True

    half = one(explained(scene), "spend_amount")

    assert (
        half.children[0].note == "20-06-2026, 10 dagen geleden; toen voor het eerst door ons gezien"
    )


def test_value_that_was_set_again_keeps_the_age_of_its_first_setting():
    scene = Scene().given("1", 100, annual_category_spend=Decimal(1000))
    scene.company_changes.append(
        change("1", "annual_category_spend", "1000.00", AS_OF - timedelta(days=3))
    )

    assert "100 dagen geleden" in one(explained(scene), "spend_amount").children[0].note


def test_value_without_any_version_is_of_unknown_age():
    scene = Scene().company("1", annual_category_spend=Decimal(1000))

    assert one(explained(scene), "spend_amount").children[0].note == "leeftijd onbekend"


TOP_N = "regel top_n: plaats 1 bij de verkoper; erin tot en met 4, eruit bij een herziening na 5"
BOTH = (
    "regel both: beide delen; erin boven 1, eruit bij een herziening als een deel onder 0,85 ligt"
)
SOURCES: dict[str, Any] = {
    "spend_per_employee": {"default": 900},
    "reference_price": {"piece": 50},
    "tier_amount": {"tier_1": 100_000},
}


def test_first_source_with_an_amount_counts_and_later_ones_do_not():
    scene = Scene().company(
        "1", annual_order_volume=Decimal(1200), order_volume_unit="piece", employees=Decimal(80)
    )

    sources = one(explained(scene, potential=SOURCES), "potential_source")

    assert sources.value == "volume_price"
    assert [(name, value, note) for name, value, note in children(sources)] == [
        ("declared", "", "geeft geen bedrag"),
        ("volume_price", "30000.00", "eerste bron met een bedrag: telt"),
        ("firmographic", "36000.00", "niet nodig: een eerdere bron gaf een bedrag"),
        ("pipeline", "", "geeft geen bedrag"),
        ("tier", "", "geeft geen bedrag"),
        ("realised", "0.00", "niet meer dan de schatting: telt niet"),
    ]
    assert one(sources, "reference_price").value == "50"
    assert one(sources, "spend_per_employee").value == "900"
    assert one(sources, "tier_amount").value == ""


def test_realised_revenue_that_is_more_than_the_estimate_counts():
    scene = Scene().given("1", 10, annual_category_spend=Decimal(1000))
    scene.deal("1", ("won", "2026-05-15"), closed="2026-05-15", amount=Decimal(9000))

    sources = one(explained(scene), "potential_source")

    assert sources.value == "realised"
    assert names_of(sources)["realised"] == "meer dan de schatting: telt"
    assert one(explained(scene), "potential_confidence").note == "Gerealiseerd"


def test_open_deals_are_shown_with_those_that_count():
    scene = Scene().company("1")
    scene.deal("1", ("talk", "2026-06-01"), closed="2026-08-01", amount=Decimal(500))
    scene.deal("2", ("talk", "2026-06-01"), closed="2026-06-29", amount=Decimal(700))
    scene.deal("3", ("talk", "2025-06-01"), closed="2026-09-01", amount=Decimal(900))

    pipeline = one(explained(scene), "pipeline")

    assert pipeline.value == "500.00"
    assert children(pipeline) == [
        ("deal", "1", "telt; 500,00; verwacht 01-08-2026"),
        ("deal", "2", "telt niet; 700,00; verwacht 29-06-2026"),
        ("deal", "3", "telt niet; 900,00; verwacht 01-09-2026; stilgevallen"),
    ]


def test_margin_rate_is_shown_with_where_it_comes_from():
    scene = Scene().given("1", 10, annual_category_spend=Decimal(1000), cost_to_serve=Decimal(20))
    plain = one(explained(scene, potential={"margin_rate": 0.25}), "potential_margin")
    assert plain.note == "potentiële omzet × 0,2500, de marge uit de configuratie"
    assert plain.children[0].value == "20"

    for number in ("1", "2", "3"):
        scene.deal(
            number,
            ("won", "2026-05-15"),
            closed="2026-05-15",
            amount=Decimal(100),
            margin=Decimal(30),
        )
    own = one(explained(scene), "potential_margin")
    assert own.note == "potentiële omzet × 0,3000, de eigen marge (minstens 3 deals)"


def test_margin_rate_of_the_segment_serves_a_relation_without_its_own():
    scene = Scene().given("1", 10, annual_category_spend=Decimal(1000), segment="retail")
    scene.company("2", segment="retail")
    for number in ("1", "2", "3"):
        scene.deal(
            number,
            ("won", "2026-05-15"),
            relation_id="2",
            closed="2026-05-15",
            amount=Decimal(100),
            margin=Decimal(10),
        )

    note = one(explained(scene), "potential_margin").note

    assert note == "potentiële omzet × 0,1000, de marge van het segment (minstens 3 deals)"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"rule": "mean"}, "regel mean: erin boven 1, eruit bij een herziening onder 0,85"),
        (
            {"rule": "median"},
            "regel median: erin boven 1 × 1,0000, eruit bij een herziening onder 0,85 × 1,0000",
        ),
        (
            {"rule": "percentile"},
            "regel percentile: erin vanaf 1,3000, eruit bij een herziening onder 1,2000",
        ),
        (
            {"rule": "top_n", "top_n": 4},
            TOP_N,
        ),
        ({"rule": "both"}, BOTH),
    ],
)
def test_rule_of_top_relations_is_told_with_its_bounds(rules, expected):
    scene = Scene().given("1", 10, annual_category_spend=Decimal(3000))
    scene.given("2", 10, annual_category_spend=Decimal(1000))
    first_review = OwnHistory()

    tree = explained(scene, history=first_review, top_relation=rules)

    assert one(tree, "top").note == expected


def test_rank_of_a_relation_without_an_index_is_unknown():
    tree = explained(Scene().company("1"), top_relation={"rule": "top_n", "top_n": 2})

    assert one(tree, "top").note.startswith("regel top_n: plaats onbekend bij de verkoper")


@pytest.mark.parametrize(
    ("flag", "target", "expected"),
    [
        ("always", True, ("true", "een vlag maakt Toprelatie", "crm_flag")),
        ("only", None, ("false", "alleen de vlag maakt Toprelatie", "none")),
    ],
)
def test_flag_of_the_crm_is_shown_where_it_counts(flag, target, expected):
    tree = explained(Scene().company("1", target_account=target), top_relation={"crm_flag": flag})
    node = one(tree, "target_account")

    assert (node.value, node.note, one(tree, "top_relation_basis").value) == expected


@pytest.mark.parametrize(
    ("reason", "until", "expected"),
    [
        (
            "klant van de directie",
            None,
            ("always", "telt, hooguit 365 dagen na de laatste wijziging"),
        ),
        (None, None, ("", "Reden ontbreekt")),
        ("klant", "2026-06-29", ("", "Handmatige keuze verlopen")),
    ],
)
def test_override_is_shown_with_whether_it_counts(reason, until, expected):
    scene = Scene().given(
        "1",
        10,
        top_relation_override="always",
        **({"top_relation_override_reason": reason} if reason else {}),
        **({"top_relation_override_until": date.fromisoformat(until)} if until else {}),
    )

    node = one(explained(scene), "override")

    assert (node.value, node.note) == expected
    assert node.children[0].note.startswith("20-06-2026, 10 dagen geleden")


def test_confirmation_counts_only_with_contact_before_it():
    scene = Scene().given(
        "1", 500, annual_category_spend=Decimal(1000), profile_confirmed_on=date(2026, 6, 20)
    )
    alone = one(explained(scene), "profile_confirmed_on")
    assert alone.note.endswith("telt niet: geen contact in de 30 dagen ervoor")

    scene.meeting("2026-06-10")
    tree = explained(scene)
    assert one(tree, "profile_confirmed_on").note.endswith("telt: contact in de 30 dagen ervoor")
    assert one(tree, "spend_amount").note == (
        "20-06-2026, 10 dagen geleden; door de bevestiging van het profiel"
    )


def test_own_orders_stand_for_order_volume_and_pattern():
    scene = Scene().company("1")
    for number, day in (("1", "2026-05-15"), ("2", "2026-04-15"), ("3", "2026-03-15")):
        scene.deal(number, ("won", day), closed=day, amount=Decimal(100))

    tree = explained(scene)

    for name in ("order_volume", "spend_pattern_part"):
        assert "door eigen orders" in one(tree, "profile_completeness", name).note
    assert one(tree, "has_order").value == one(tree, "has_order_pattern").value == "true"


def test_slot_names_everybody_in_it_and_why_they_do_not_count():
    scene = Scene().company("1")
    scene.person("10", role="DECISION_MAKER", set_at="2026-06-01")
    scene.person("11", title="directeur", set_at="2026-06-01")
    scene.person("12", role="DECISION_MAKER", has_email=False)

    slot = one(explained(scene), "right_contacts", "decider")

    assert slot.note.startswith("contactpersoon 10; door de rol; 01-06-2026, 29 dagen geleden")
    assert [(value, note.split(";")[0]) for _, value, note in children(slot)] == [
        ("10", "telt"),
        ("11", "een ander telt zwaarder"),
        ("12", "niet bereikbaar of vertrokken"),
    ]
    assert "functie: 01-06-2026" in slot.children[1].note
    assert slot.children[0].note.endswith("nog niet gesproken")


def test_contact_of_unknown_age_fills_its_slot():
    scene = Scene().company("1").person("10", title="inkoper")

    slot = one(explained(scene), "right_contacts", "insider")

    assert slot.note == "contactpersoon 10; alleen door de functie; leeftijd onbekend"


def test_what_cannot_be_read_is_said_and_left_blank():
    scene = Scene(top=("1",), readable=frozenset({"companies"})).given(
        "1", 10, annual_category_spend=Decimal(1000)
    )

    tree = explained(scene)

    assert one(tree, "kpi4").note == "deals zijn niet te lezen: niet meetbaar"
    assert [node.value for node in one(tree, "kpi4").children] == [""] * 7
    assert "activiteiten zijn niet te lezen: niet meetbaar" in {node.note for node in walk(tree)}
    assert one(tree, "right_contacts").note == "contactpersonen zijn niet te lezen: telt niet mee"
    assert one(tree, "profile_completeness").note == one(tree, "right_contacts").note
    components = {node.name: node for node in one(tree, "relation_score").children}
    assert components["contact"].value == ""
    assert components["contact"].note == (
        "gewicht 25; niet meetbaar: telt niet mee; activiteiten zijn niet te lezen: niet meetbaar"
    )
    assert one(tree, "find_decider").note == "niet meetbaar: telt niet mee"


def test_moment_of_nobody_and_mails_of_one_day_are_told_apart():
    scene = Scene().company("1").call("2026-06-20", owner=None)
    scene.mail("2026-06-16T09:00").mail("2026-06-16T15:00")
    scene.mail("2026-06-12T09:00", incoming=False).mail("2026-06-12T15:00", incoming=False)

    tree = explained(scene)

    assert children(one(tree, "contact_moments_90d")) == [
        (
            "moment",
            "2026-06-20",
            "gesprek; van niemand: telt alleen voor de relatie; 10 dagen geleden",
        ),
        ("moment", "2026-06-16", "e-mail; door de eigenaar (S1); 14 dagen geleden; 2 op die dag"),
    ]
    left_out = [node for node in walk(tree) if node.name == "activity"]
    assert [node.note.rsplit("; ", 1)[1] for node in left_out] == ["2 op die dag"]


def test_meetings_without_outcome_are_listed_whatever_else_was_on_their_day():
    scene = Scene().company("1").meeting("2026-06-20T09:00")
    scene.meeting("2026-06-20T15:00", outcome="SCHEDULED")
    scene.meeting("2025-06-20T15:00", outcome="SCHEDULED")

    tree = explained(scene)

    missing = one(tree, "without_outcome")
    assert (missing.value, missing.note) == (
        "2",
        "een actie vraagt ernaar tot 14 dagen erna",
    )
    assert [node.value for node in missing.children] == ["2026-06-20", "2025-06-20"]
    assert one(tree, "record_meeting_outcome").note.startswith("de eerste die van toepassing is")
    assert "afspraak van 20-06-2026, 10 dagen geleden" in one(tree, "record_meeting_outcome").note


@pytest.mark.parametrize(
    ("rule", "build"),
    [
        (
            1,
            lambda: (
                Scene()
                .says("orienting", "2026-04-01")
                .company("1", phase_locked_until=AS_OF.date())
            ),
        ),
        (2, lambda: Scene().says("interest", "2026-06-01")),
        (9, Scene),
    ],
)
def test_rule_that_decided_the_phase_is_told(rule, build):
    scene = build()
    if not scene.companies:
        scene.company("1")

    assert one(explained(scene), "buying_phase").note.startswith(f"regel {rule}:")


def test_declaration_that_no_person_made_says_so():
    scene = Scene().company("1", phase_declared="interest")
    word = change("1", "phase_declared", "interest", "2026-06-01")
    scene.company_changes.append({**word, "is_by_person": False})
    by_workflow = explained(scene)
    assert one(by_workflow, "phase_declared").note == (
        "01-06-2026, 29 dagen geleden; uit de historie van het CRM; "
        "niet door een mens gezet: geldt niet als opgave"
    )
    assert one(by_workflow, "buying_phase").value == "unknown"

    scene.company_changes.append({**word, "changed_at": AS_OF - timedelta(days=3)})
    by_person = explained(scene)
    assert "niet door een mens" not in one(by_person, "phase_declared").note
    assert one(by_person, "buying_phase").value == "interest"


def test_open_deal_without_a_primary_company_decides_nothing():
    scene = Scene().company("1").company("2").deal("1", ("talk", "2026-06-01"), relation_id=None)
    for relation_id in ("1", "2"):
        link = {"from_id": "1", "relation_id": relation_id, "is_primary": False}
        scene.links.append(link)

    tree = explained(scene)

    assert one(tree, "deals").value == "0"
    assert children(one(tree, "deals", "left_out")) == [
        ("deal", "1", "Meer bedrijven, geen primair")
    ]
    assert children(one(tree, "kpi4", "left_out")) == []


def test_unknown_phase_has_no_threshold():
    tree = explained(Scene().company("1"))

    assert one(tree, "phase_status").note == "geen drempel zonder fase"
    assert one(tree, "phase_since").note == ""
    assert children(one(tree, "phase_history")) == []


def test_deals_tell_what_they_stand_for():
    scene = Scene().company("1")
    scene.deal("1", ("talk", "2025-06-01"))
    scene.deal("2", ("lost", "2026-06-20"), closed="2026-06-20")

    deals = {node.value: node.note for node in one(explained(scene), "deals").children}

    assert deals["2"].startswith("bepaalt de fase; verloren")
    assert "stilgevallen op" in deals["1"]


def test_days_in_phase_are_written_when_they_are_switched_on():
    scene = Scene().says("interest", "2026-06-01")

    off, on = explained(scene), explained(scene, write_back={"days_in_phase": True})

    assert one(off, "days_in_phase").note == "wordt niet geschreven (write_back.days_in_phase)"
    assert (one(on, "days_in_phase").value, one(on, "days_in_phase").note) == ("29", "")


def test_items_tell_their_source_when_it_is_not_the_text_of_the_company():
    scene = Scene().given("1", 10, pains="Te veel storingen", pains_options=["Levertijd te lang"])

    tree = explained(scene, pains_gains={"sources": ["company_text", "company_options"]})

    assert [node.note for node in one(tree, "pains_count").children] == [
        "telt; concreet",
        "telt; concreet; aangevinkt",
    ]
    assert [node.name for node in one(tree, "pains_gains_updated_on").children] == [
        "pains",
        "pains_options",
    ]


def test_deal_of_another_relation_and_old_deals_are_told():
    scene = Scene().company("1").company("2")
    scene.deal("1", ("won", "2023-05-15"), closed="2023-05-15", amount=Decimal(100))
    scene.deal(
        "2", ("won", "2026-05-15"), closed="2026-05-15", amount=Decimal(100), relation_id="2"
    )
    scene.links.append({"from_id": "2", "relation_id": "1", "is_primary": False})

    tree = explained(scene)

    assert "te oud voor deze sommen" in one(tree, "deals_counted").children[0].note
    assert children(one(tree, "kpi4", "left_out")) == [("deal", "2", "hoort bij relatie 2")]


def test_deal_without_owner_is_credited_to_nobody():
    scene = Scene().company("1")
    scene.deal("1", ("won", "2026-05-15"), closed="2026-05-15", amount=Decimal(100), owner=None)

    assert one(explained(scene), "deals_counted").children[0].note.endswith("100,00 voor niemand")


def test_relation_that_is_not_top_has_components_but_no_score():
    tree = explained(Scene().company("1"))

    assert one(tree, "score").note == "alleen voor Toprelaties"
    assert one(tree, "relation_score").value == ""
    assert len(one(tree, "relation_score").children) == 4


def test_maintain_is_what_is_left():
    scene = Scene().given(
        "1",
        10,
        annual_category_spend=Decimal(1000),
        spend_categories=["products"],
        annual_order_volume=Decimal(5),
        current_suppliers="Rexel",
        pains="Te veel storingen\nLevertijd te lang",
        gains="Minder storingen in de nacht",
    )
    scene.person("10", role="DECISION_MAKER").person("11", role="CHAMPION")
    scene.says("interest", "2026-06-20").meeting("2026-06-20")
    scene.meeting("2026-07-20", outcome="SCHEDULED")

    tree = explained(scene)

    assert one(tree, "next_best_action").value == "maintain"
    assert one(tree, "plan_next_step").note == "er is iets gepland"
    last = one(tree, "next_best_action").children[-1]
    assert (last.name, last.value, last.note) == (
        "maintain",
        "true",
        "de eerste die van toepassing is",
    )


def test_lowest_facet_is_named_beside_the_condition():
    tree = explained(Scene().company("1"))

    assert one(tree, "complete_profile").note == "laagste: Bestedingspatroon"
