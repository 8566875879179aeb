"""What every adapter must hold, whatever its CRM (see `crm_bench` for the account)."""

import math
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connector.definition import ArchiveOutcome, ArchivePlan, PropertyDefinition
from connector.ports import (
    Change,
    ConnectorError,
    Crm,
    Page,
    PermanentCrmError,
    SellerTask,
    TransientCrmError,
)
from connector.sandbox import Fault, Sandbox
from kpis.records import Company, Link
from tests.contract.crm_bench import (
    ADAPTERS,
    BEGUN,
    CALLS,
    COMPANIES,
    CONTACTS,
    DEALS,
    NOW,
    RECORDS,
    TITLES,
    TOKEN,
    TYPES,
    UNREADABLE,
    Bench,
    filled_portal,
    hubspot,
)

SCORE = PropertyDefinition(
    name="csk_relation_score",
    label="Score",
    value_type="number",
    field_type="number",
    group="companyinformation",
)


@pytest.fixture(scope="module", params=sorted(ADAPTERS))
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """An account that tests only read."""
    with ADAPTERS[request.param](tmp_path_factory.mktemp("read")) as bench:
        yield bench


@pytest.fixture(params=sorted(ADAPTERS))
def own_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """An account that a test has to itself, to change it."""
    with ADAPTERS[request.param](tmp_path) as bench:
        yield bench


def ids_of(pages: Sequence[Page]) -> list[str | None]:
    """Ids of all records delivered or rejected, in order."""
    return [one.external_id for page in pages for one in (*page.records, *page.rejections)]


@pytest.mark.parametrize("object_type", TYPES)
def test_full_pull_yields_the_same_records_whatever_the_page_size(bench, object_type):
    pulls = [
        list(bench.build(page_size=size).changes(object_type, None)) for size in (1, 2, 3, 4, 100)
    ]

    records = [
        sorted((one for page in pages for one in page.records), key=lambda one: one.external_id)
        for pages in pulls
    ]
    assert all(found == records[0] for found in records)
    assert all(sorted(map(str, ids_of(pages))) == sorted(RECORDS[object_type]) for pages in pulls)


def test_every_record_is_delivered_or_rejected_with_a_reason_and_no_value(bench):
    pages = list(bench.build(page_size=4).changes("companies", None))

    delivered = {one.external_id for page in pages for one in page.records}
    rejections = [one for page in pages for one in page.rejections]
    assert delivered == set(COMPANIES) - {UNREADABLE}
    assert [(one.object_type, one.external_id) for one in rejections] == [("companies", UNREADABLE)]
    assert "annual_revenue" in rejections[0].reason
    assert "a lot" not in rejections[0].reason


@pytest.mark.parametrize("object_type", TYPES)
def test_full_pull_that_is_left_after_any_page_goes_on_and_loses_nothing(bench, object_type):
    pages = list(bench.build(page_size=2).changes(object_type, None))

    for count in range(1, len(pages)):
        left = pages[:count]
        rest = list(bench.build(page_size=2).changes(object_type, left[-1].cursor))
        assert set(ids_of([*left, *rest])) == set(RECORDS[object_type])
        assert rest[-1].sweep_before == pages[-1].sweep_before


@pytest.mark.parametrize("object_type", TYPES)
def test_sweep_is_told_by_the_last_page_of_a_full_pull_alone(bench, object_type):
    pages = list(bench.build(page_size=2).changes(object_type, None))

    assert [page.sweep_before for page in pages] == [None] * (len(pages) - 1) + [NOW]


def test_cursor_that_means_nothing_begins_a_full_pull(bench):
    pages = list(bench.build().changes("companies", '{"mode": "of another release"}'))

    assert set(ids_of(pages)) == set(COMPANIES)
    assert pages[-1].sweep_before == NOW


# what a mirror is compared with


@pytest.mark.parametrize("object_type", TYPES)
def test_count_tells_how_many_records_there_are_or_that_the_crm_does_not_tell(bench, object_type):
    assert bench.build().count(object_type) in {None, len(RECORDS[object_type])}


@pytest.mark.parametrize("page_size", [1, 100])
def test_records_come_as_they_stand_and_those_that_do_not_exist_are_gone(bench, page_size):
    crm = bench.build(page_size=page_size)
    pulled = {
        one.external_id: one for page in crm.changes("companies", None) for one in page.records
    }

    pages = list(crm.records("companies", ["101", "999", UNREADABLE, "103"]))

    found = {one.external_id: one for page in pages for one in page.records}
    assert found == {one: pulled[one] for one in ("101", "103")}
    assert [one for page in pages for one in page.gone] == ["999"]
    assert [one.external_id for page in pages for one in page.rejections] == [UNREADABLE]
    assert {(page.cursor, page.sweep_before) for page in pages} == {("", None)}


@pytest.mark.parametrize(
    ("lacking", "gone", "is_thorough"),
    [(["105"], [], False), ([], ["7", "999"], False), (["105"], ["7", "999"], True)],
)
def test_differences_are_those_of_the_ids_where_the_crm_counts(bench, lacking, gone, is_thorough):
    crm = bench.build(page_size=1)
    held = sorted(map(int, {*COMPANIES, *gone} - set(lacking)))
    counts = crm.count("companies") is not None

    pages = list(crm.differences("companies", held, is_thorough=is_thorough))

    assert ids_of(pages) == (lacking if counts else [])
    assert sorted(one for page in pages for one in page.gone) == (gone if counts else [])


def test_mirror_that_holds_all_does_not_differ(bench):
    held = sorted(map(int, COMPANIES))

    assert list(bench.build().differences("companies", held)) == []


def test_identity_is_that_of_the_account_and_shows_no_secret(bench):
    assert bench.build().identity() == bench.build().identity()
    assert TOKEN not in bench.build().identity()


def test_recent_description_is_taken_as_it_is(bench):
    recent = replace(bench.build().describe(), owners=())
    crm = bench.build()

    taken = crm.describe(recent=recent)

    assert taken.account_id == recent.account_id
    assert sum(crm.usage().values()) == 0


def last_cursor(crm: Crm) -> str:
    return list(crm.changes("companies", None))[-1].cursor


def test_pull_without_changes_delivers_nothing_and_keeps_a_cursor(bench):
    cursor = last_cursor(bench.build())

    later = NOW + timedelta(hours=2)
    pages = list(bench.build(now=later).changes("companies", cursor))

    assert all((page.records, page.rejections, page.gone) == ((), (), ()) for page in pages)
    assert all(page.cursor for page in pages)


@pytest.mark.parametrize("page_size", [1, 2, 100])
def test_later_pull_yields_what_changed_and_that_once(own_bench, page_size):
    if own_bench.move is None:
        pytest.skip("this CRM tells no changes")
    cursor = last_cursor(own_bench.build())
    for number, changed in enumerate(("103", "108", "109", "101", "102")):
        own_bench.move(changed, f"Renamed {number}", NOW + timedelta(minutes=30 + number))

    crm = own_bench.build(page_size=page_size, now=NOW + timedelta(hours=1))
    pages = list(crm.changes("companies", cursor))

    assert Counter(ids_of(pages)) == Counter(["101", "102", "103", "108", "109"])
    names = {one.external_id: one.name for page in pages for one in page.records}
    assert names["101"] == "Renamed 3"


def test_later_pull_that_is_left_after_any_page_goes_on_and_loses_nothing(own_bench):
    if own_bench.move is None:
        pytest.skip("this CRM tells no changes")
    cursor = last_cursor(own_bench.build())
    changed = ("101", "102", "103", "105", "106")
    for one in changed:
        own_bench.move(one, "Renamed", NOW + timedelta(minutes=30))

    later = NOW + timedelta(hours=1)
    pages = list(own_bench.build(page_size=1, now=later).changes("companies", cursor))

    for count in range(1, len(pages)):
        resumed = own_bench.build(page_size=1, now=later + timedelta(days=1))
        rest = list(resumed.changes("companies", pages[count - 1].cursor))
        assert set(ids_of([*pages[:count], *rest])) == set(changed)


def test_change_that_comes_while_a_pull_runs_is_in_that_one_or_the_next(own_bench):
    if own_bench.move is None:
        pytest.skip("this CRM tells no changes")
    running = own_bench.build(page_size=2).changes("companies", None)
    first = next(running)
    moved = first.records[0].external_id
    own_bench.move(moved, "Renamed meanwhile", NOW + timedelta(seconds=1))
    cursor = list(running)[-1].cursor

    pages = list(own_bench.build(now=NOW + timedelta(hours=1)).changes("companies", cursor))

    assert [one.name for page in pages for one in page.records] == ["Renamed meanwhile"]


def test_links_are_told_for_every_record_asked_once(bench):
    pages = list(bench.build().links("deals", "companies", list(DEALS)))

    assert Counter(one for page in pages for one in page.from_ids) == Counter(list(DEALS))
    assert {link for page in pages for link in page.links} == {
        Link("301", "101", is_primary=True),
        Link("301", "102"),
        Link("301", "103"),
        Link("302", "102", is_primary=True),
    }


def test_links_of_a_page_are_those_of_its_records(bench):
    for page in bench.build().links("calls", "companies", list(CALLS)):
        assert {link.from_id for link in page.links} <= set(page.from_ids)


def test_description_tells_stages_owners_and_what_can_be_read(bench):
    description = bench.build().describe()

    assert [(one.stage, one.is_won, one.is_lost) for one in description.stages] == [
        ("new", False, False),
        ("won", True, False),
        ("lost", False, True),
    ]
    assert [(one.external_id, one.name) for one in description.owners] == [("51", "Anna Bos")]
    assert set(TYPES) <= description.capabilities.readable


@pytest.mark.parametrize("object_type", TYPES)
def test_asked_properties_are_sorted_and_each_once(bench, object_type):
    asked = bench.build().asked_properties(object_type)

    assert list(asked) == sorted(set(asked))


def test_history_comes_oldest_first_for_each_field(bench):
    crm = bench.build()
    if not crm.describe().capabilities.has_history:
        pytest.skip("this CRM keeps no past values")

    pages = list(crm.history("deals", ["stage", "owner"], list(DEALS)))

    assert [one for page in pages for one in page.external_ids] == list(DEALS)
    changes = [change for page in pages for change in page.changes]
    assert {(one.field, one.value) for one in changes} == {("stage", "new")}
    assert len(changes) == len(DEALS)


def writable(bench: Bench) -> Crm:
    crm = bench.build()
    if not crm.describe().capabilities.can_write:
        pytest.skip("this CRM cannot be written to")
    return crm


def test_history_of_contacts_tells_roles_and_titles_with_their_days(bench):
    (page,) = bench.build().history("contacts", ["buying_role", "job_title"], ["201"])

    assert page.object_type == "contacts"
    told: dict[str, list[object]] = {"job_title": [], "buying_role": []}
    for one in page.changes:
        told[one.field].append((one.value, one.changed_at))
    assert told == {"job_title": TITLES, "buying_role": [("DECISION_MAKER", BEGUN)]}


def test_goals_are_those_of_sellers_in_days_of_the_account(bench):
    crm = bench.build()
    assert crm.describe().capabilities.has_goals

    goals = sorted(crm.goals(), key=lambda one: one.external_id)

    assert [(one.external_id, one.owner, one.amount) for one in goals] == [
        ("601", "51", Decimal(400_000)),
        ("604", "51", Decimal("99.5")),
    ]
    assert {(one.starts_at, one.ends_at) for one in goals} == {
        (datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC))
    }


def score(external_id: str, value: str = "80") -> Change:
    return Change(external_id, {"relation_score": value})


def test_write_yields_exactly_one_outcome_for_every_change(own_bench):
    changes = [*(score(one) for one in COMPANIES), score("101", "81"), score("999")]

    outcomes = list(writable(own_bench).write("companies", changes))

    assert Counter(one.external_id for one in outcomes) == Counter([*COMPANIES, "101", "999"])
    assert {one.status for one in outcomes if one.external_id != "999"} == {"written"}
    assert [one.status for one in outcomes if one.external_id == "999"] == ["gone"]


def test_value_that_does_not_fit_is_refused_alone_and_the_reason_does_not_repeat_it(own_bench):
    if not own_bench.refuses:
        pytest.skip("this CRM takes any value")

    outcomes = list(
        writable(own_bench).write("companies", [score("101", "many"), score("102"), score("103")])
    )

    assert [one.status for one in outcomes] == ["refused", "written", "written"]
    assert outcomes[0].reason
    assert "many" not in outcomes[0].reason


def test_value_that_is_written_stands_and_an_empty_one_clears_it(own_bench):
    crm = writable(own_bench)

    (written,) = crm.write("companies", [score("101")])
    assert (written.values, own_bench.stands("101", "relation_score")) == (
        {"relation_score": "80"},
        "80",
    )

    (cleared,) = crm.write("companies", [score("101", "")])
    assert (cleared.values, own_bench.stands("101", "relation_score")) == ({}, None)


def test_writing_twice_is_harmless(own_bench):
    crm = writable(own_bench)

    first = list(crm.write("companies", [score("101"), score("102")]))
    second = list(crm.write("companies", [score("101"), score("102")]))

    assert [(one.status, one.values) for one in first] == [
        (one.status, one.values) for one in second
    ]


def test_written_value_comes_back_with_the_next_pull_as_standing(own_bench):
    crm = writable(own_bench)
    list(crm.write("companies", [score("101")]))

    records = [one for page in crm.changes("companies", None) for one in page.records]

    standing = {one.external_id: one.standing for one in records if isinstance(one, Company)}
    assert standing["101"] == {"relation_score": "80"}
    assert standing["102"] == {}


def test_value_that_is_written_to_a_contact_comes_back_and_an_empty_one_clears_it(own_bench):
    crm = own_bench.build()
    values = {"dmu_slot": "decider", "contact_last_two_way": "2026-06-10"}

    (written,) = crm.write("contacts", [Change("201", values)])
    pulled = [one for page in crm.changes("contacts", None) for one in page.records]

    assert (written.status, written.values) == ("written", values)
    assert {one.external_id: dict(one.standing) for one in pulled if one.standing} == {
        "201": values
    }
    (cleared,) = crm.write("contacts", [Change("201", dict.fromkeys(values, ""))])
    assert (cleared.status, cleared.values) == ("written", {})
    pulled = [one for page in crm.changes("contacts", None) for one in page.records]
    assert not any(one.standing for one in pulled)


@pytest.mark.parametrize("page_size", [2, 100])
def test_values_of_ours_are_told_for_every_record_until_they_are_archived(own_bench, page_size):
    crm = own_bench.build(page_size=page_size)
    list(crm.write("companies", [score("101"), score("105", "7")]))

    assert crm.plan_archive({"companies": [SCORE]}) == ArchivePlan({"companies": (SCORE.name,)})
    told = [pair for page in crm.values("companies", [SCORE.name]) for pair in page.items()]
    assert len(told) == len(COMPANIES)
    assert dict(told) == {
        **{one: {} for one in COMPANIES},
        "101": {SCORE.name: "80"},
        "105": {SCORE.name: "7"},
    }

    first = list(crm.archive_properties("companies", [SCORE.name]))
    again = list(crm.archive_properties("companies", [SCORE.name]))
    assert first == [ArchiveOutcome(SCORE.name, "archived")]
    assert again == [ArchiveOutcome(SCORE.name, "gone")]
    assert crm.plan_archive({"companies": [SCORE]}) == ArchivePlan({})
    pulled = [one for page in crm.changes("companies", None) for one in page.records]
    assert [one.standing for one in pulled if isinstance(one, Company) and one.standing] == []


def test_archiving_one_property_leaves_the_values_of_the_others(own_bench):
    crm = own_bench.build()
    both = {"relation_score": "80", "score_explanation": "=because"}
    list(crm.write("companies", [Change("101", both)]))

    list(crm.archive_properties("companies", [SCORE.name]))

    assert own_bench.stands("101", "score_explanation").endswith("=because")
    (page,) = crm.values("companies", ["csk_score_explanation"])
    assert page["101"] == {"csk_score_explanation": "=because"}


def test_group_that_does_not_stand_is_archived_already(own_bench):
    assert own_bench.build().archive_group("companies", "nobody") is True


@pytest.mark.parametrize("page_size", [1, 2, 4, 100])
def test_full_pull_costs_a_call_a_page(bench, page_size):
    if bench.lists is None:
        pytest.skip("this CRM is not called")

    before = bench.lists("contacts")
    list(bench.build(page_size=page_size).changes("contacts", None))

    assert bench.lists("contacts") - before == math.ceil(len(CONTACTS) / page_size)


@contextmanager
def silent_server() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_time_out_reaches_the_socket():
    with silent_server() as base_url:
        crm = hubspot(base_url, timeout_s=0.2)
        done = threading.Event()
        caught: list[Exception] = []

        def ask() -> None:
            try:
                list(crm.changes("companies", None))
            except ConnectorError as error:
                caught.append(error)
            done.set()

        threading.Thread(target=ask, daemon=True).start()

        assert done.wait(5)
    assert [type(error) for error in caught] == [TransientCrmError]


def call_everything(crm: Crm) -> Iterator[Callable[[], object]]:
    yield crm.describe
    yield lambda: list(crm.changes("companies", None))
    yield lambda: list(crm.links("deals", "companies", ["301"]))
    yield lambda: list(crm.history("deals", ["stage"], ["301"]))
    yield lambda: list(crm.splits(["301"]))
    yield lambda: list(crm.goals())
    yield lambda: crm.plan_schema({"companies": []})
    yield lambda: list(crm.write("companies", [score("101")]))
    yield lambda: crm.plan_archive({"companies": []})
    yield lambda: list(crm.values("companies", [SCORE.name]))
    yield lambda: crm.archive_group("companies", "nobody")


@pytest.mark.parametrize("kind", ["401", "429", "502", "drop_before", "truncated"])
def test_fault_is_an_error_of_the_port_and_names_no_secret(kind):
    portal = filled_portal()
    with Sandbox(portal, clock=lambda: NOW, limits=None, token=TOKEN, routes=[]) as sandbox:
        sandbox.faults.add(Fault(kind=kind, count=1000))
        for call in call_everything(hubspot(sandbox.base_url)):
            with pytest.raises(ConnectorError) as caught:
                call()
            shown = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
            assert TOKEN not in shown
            assert "Relation 10" not in shown


def test_answer_that_was_lost_is_asked_for_again():
    portal = filled_portal()
    with Sandbox(portal, clock=lambda: NOW, limits=None, token=TOKEN, routes=[]) as sandbox:
        sandbox.faults.add(Fault(kind="drop_after", route="POST */batch/update", count=1))
        crm = hubspot(sandbox.base_url, max_tries=2)

        (outcome,) = crm.write("companies", [score("101")])

    assert outcome.status == "written"
    assert portal.values("companies", "101")["csk_relation_score"] == "80"


def test_task_of_a_seller_is_kept_in_place_or_refused_as_the_capabilities_say(own_bench):
    crm = own_bench.build()
    task = SellerTask("51", "Overview", "<p>1</p>", NOW)
    if not crm.describe().capabilities.has_tasks:
        with pytest.raises(PermanentCrmError, match="task for seller 51"):
            crm.keep_task(task, known_id=None)
        return

    made = crm.keep_task(task, known_id=None)
    written = [crm.usage()["task"]]
    for known_id in (made, None, made):
        assert crm.keep_task(task, known_id=known_id) == made
    written.append(crm.usage()["task"])

    assert crm.keep_task(replace(task, body="<p>2</p>"), known_id=made) == made
    assert [*written, crm.usage()["task"]] == [1, 1, 2]


# what can be learnt without changing anything


def test_probe_of_a_key_that_may_do_all_refuses_nothing(bench):
    found = bench.build().probe()

    assert found.refused == {}
    assert len({one.name for one in found.limits}) == len(found.limits)


def test_fill_counts_records_and_those_with_a_value_of_each_mapped_field(bench):
    crm = bench.build()

    companies = crm.fill("companies", ["name", "owner", "segment", "cost_to_serve"])
    contacts = crm.fill("contacts", ["buying_role", "job_title"])

    assert companies.total == len(COMPANIES)
    assert companies.by_field == {"name": len(COMPANIES), "owner": len(COMPANIES), "segment": 0}
    assert contacts.by_field == {"buying_role": 1, "job_title": len(CONTACTS)}


def test_deals_are_counted_by_pipeline_and_stage(bench):
    crm = bench.build()

    assert crm.count_deals_in("default", "new") == len(DEALS)
    assert crm.count_deals_in("default", "won") == 0
    assert crm.count_deals_in("other", "new") == 0
