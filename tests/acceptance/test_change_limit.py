"""A mapping that would change most of the records stops the run that would use it."""

import json
from datetime import timedelta

import pytest

from connector.sandbox import Sandbox
from tests.acceptance.front_door import run
from tests.acceptance.small_account import AS_OF, phase_of, small_account, values_of_ours
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

MOMENT = ("--as-of", AS_OF.isoformat())
WRITE = "POST batch_update"
ONLY_DEALS = "write_back: {{objects: [deals], change_limit: {}}}"
RIGHT = "{qualifiedtobuy: interest, contractsent: quote, closedwon: order, closedlost: lost}"
WRONG = RIGHT.replace("contractsent: quote", "contractsent: orienting")


def map_stages(place: Workplace, stages: str) -> None:
    place.mapping.write_text(f"crm: hubspot\nstages: {{default: {stages}}}\n")


def configure(place: Workplace, line: str) -> None:
    place.config.write_text(place.config.read_text() + line + "\n")


def own_history(place: Workplace) -> list[str]:
    with place.opened() as wiring:
        history = wiring.store.read_own_history()
        days = wiring.store.read_configuration_days()
    frames = (history.memberships, history.reviews, history.relation_days, history.seller_days)
    return [*(repr(frame.rows()) for frame in frames), repr(days)]


def last_run(place: Workplace) -> tuple[str, str | None]:
    with place.opened() as wiring:
        [one] = wiring.store.read_runs(limit=1)
    return one.kind, one.status


@pytest.fixture
def mapped(shop):
    """Set up and synced once, with its own mapping; then the mapping goes wrong."""
    map_stages(shop, RIGHT)
    assert run(shop, "sync", *MOMENT).code == 0
    map_stages(shop, WRONG)
    return shop


def test_mapping_that_changes_most_records_stops_before_anything_is_kept_or_written(
    mapped, account, crm
):
    stood, remembered = values_of_ours(account), own_history(mapped)
    writes = crm.calls[WRITE]

    ended = run(mapped, "sync", *MOMENT)

    assert ended.code == 6
    assert values_of_ours(account) == stood
    assert own_history(mapped) == remembered
    assert crm.calls[WRITE] == writes
    assert last_run(mapped) == ("sync", "stopped")


def test_stop_names_share_limit_causes_changed_settings_and_the_way_on(mapped):
    said = run(mapped, "sync", *MOMENT).said
    record = json.loads(run(mapped, "runs", "show", "2", "--format", "json").out)

    assert "12 of 12 companies (100 %) and 10 of 12 deals (83.3 %) would change" in said
    assert "more than the 30 % of write_back.change_limit" in said
    assert (
        "largest causes: companies buying_phase: 10 records, most quote → orienting (10); "
        "companies next_best_action: 10 records, most follow_up_quote → reach_out (10); "
        "deals deal_phase: 10 records, most quote → orienting (10); " in said
    )
    assert (
        "since run 1, the last that wrote: stages.default.contractsent: quote → orienting" in said
    )
    assert "look with `toprelatie sync --dry-run`" in said
    assert "`toprelatie sync --accept-changes`" in said
    assert record["notes"][-1] in said
    assert (record["status"], record["written"]) == ("stopped", 0)


def test_dry_run_says_that_a_run_would_stop_and_ends_well(mapped):
    ended = run(mapped, "sync", "--dry-run", *MOMENT)

    assert ended.code == 0
    assert "change limit: sync would stop: 12 of 12 companies (100 %)" in ended.said
    assert "most quote → orienting (10)" in ended.said
    assert last_run(mapped) == ("preview", "done")


def test_mended_mapping_goes_on_as_if_nothing_had_been(mapped, account):
    stood = values_of_ours(account)
    assert run(mapped, "sync", *MOMENT).code == 6
    map_stages(mapped, RIGHT)

    ended = run(mapped, "sync", *MOMENT)

    assert ended.code == 0
    assert values_of_ours(account) == stood


def test_accepted_changes_are_written_once_and_the_next_run_is_at_rest(mapped, account):
    assert run(mapped, "sync", *MOMENT).code == 6

    accepted = run(mapped, "sync", "--accept-changes", *MOMENT)
    later = run(mapped, "sync", *MOMENT)

    assert [accepted.code, later.code] == [0, 0]
    assert phase_of(account, "3") == "orienting"
    assert "change limit: let through as asked: 12 of 12 companies (100 %)" in accepted.said
    assert "let through" not in later.said


@pytest.mark.parametrize(("limit", "code"), [("0.83", 6), ("0.84", 0)])
def test_limit_is_the_largest_share_that_passes(mapped, limit, code):
    configure(mapped, ONLY_DEALS.format(limit))  # 10 of the 12 deals change

    assert run(mapped, "sync", *MOMENT).code == code


@pytest.mark.parametrize(("companies", "code"), [(11, 0), (12, 6)])
def test_fewer_than_ten_changed_records_stop_no_run(tmp_path, companies, code):
    with Sandbox(small_account(companies), limits=None, routes=()) as crm:
        place = Workplace(tmp_path, crm.base_url)
        configure(place, ONLY_DEALS.format("0.30"))  # all deals but two change
        place.set_up()
        map_stages(place, RIGHT)
        run(place, "sync", *MOMENT)
        map_stages(place, WRONG)

        assert run(place, "sync", *MOMENT).code == code


def test_first_run_of_an_object_type_writes_to_all_of_its_records(shop, account):
    configure(shop, "write_back: {objects: [companies], change_limit: 0.01}")
    first = run(shop, "sync", *MOMENT)
    text = shop.config.read_text().replace("[companies]", "[companies, deals]")
    shop.config.write_text(text)

    second = run(shop, "sync", "--as-of", (AS_OF + timedelta(minutes=1)).isoformat())

    assert [first.code, second.code] == [0, 0]
    assert account.values("deals", "3")["csk_deal_phase"] == "quote"


def test_first_day_of_a_quarter_and_two_weeks_without_the_service_are_no_mistake(shop):
    run(shop, "sync", *MOMENT)
    assert (AS_OF + timedelta(days=1)).month == 7

    ended = [
        run(shop, "sync", "--as-of", (AS_OF + timedelta(days=days)).isoformat()) for days in (1, 15)
    ]

    assert [one.code for one in ended] == [0, 0]
    assert "written" in ended[0].said
    assert "written" in ended[1].said


def test_run_over_the_limit_that_computes_alone_keeps_nothing_either(mapped):
    remembered = own_history(mapped)

    ended = run(mapped, "sync", "--only", "compute", *MOMENT)

    assert ended.code == 6
    assert own_history(mapped) == remembered


def test_wrong_mapping_still_stops_the_run_after_a_preview_and_computing_alone(mapped, account):
    stood = values_of_ours(account)
    assert run(mapped, "sync", "--dry-run", *MOMENT).code == 0
    assert run(mapped, "sync", "--only", "compute", "--accept-changes", *MOMENT).code == 0

    ended = run(mapped, "sync", *MOMENT)

    assert ended.code == 6
    assert "since run 1, the last that wrote" in ended.said
    assert values_of_ours(account) == stood


@pytest.mark.parametrize("setting", ["enabled: false", "change_limit: null"])
def test_account_without_a_limit_is_never_stopped(mapped, setting):
    configure(mapped, f"write_back: {{{setting}}}")

    assert run(mapped, "sync", *MOMENT).code == 0


def test_pipeline_whose_stages_got_other_ids_stops_the_run_under_any_settings(mapped, account):
    map_stages(mapped, RIGHT)
    [pipeline] = account.pipelines["deals"]
    pipeline["stages"].append(pipeline["stages"][1] | {"id": "4711", "label": "Sent out"})
    for number in account.ids("deals"):
        account.set_values("deals", str(number), {"dealstage": "4711"}, at=AS_OF)

    ended = run(mapped, "sync", "--as-of", (AS_OF + timedelta(hours=1)).isoformat())

    assert ended.code == 6
    assert "no setting changed since run 1, the last that wrote" in ended.said
