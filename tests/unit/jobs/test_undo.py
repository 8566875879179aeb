"""What stood before a run goes back, as far as nobody changed it since."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from connector.ports import PermanentCrmError
from connector.sandbox import DEFAULT_SCOPES, Fault, Sandbox
from jobs.basis import COMPUTED_KEY
from jobs.difference import Difference
from jobs.exits import Exit, StoppedError, UndoError, exit_of
from jobs.outcome import Request
from jobs.pause import Pause, read_pause, resume
from jobs.runs import run_sync
from jobs.undo import preview_undo, undo
from jobs.undo_report import CHANGED, LACKING, UNREADABLE, Left
from jobs.wiring import Wiring, clock
from jobs.write_back import write_changes
from kpis.vocabulary import ObjectType
from store.errors import LockHeldError
from tests.acceptance.small_account import values_of_ours
from tests.acceptance.workplace import Workplace, silent

WRITE = "POST batch_update"


@pytest.fixture
def place(tmp_path, crm) -> Workplace:
    place = Workplace(tmp_path, crm.base_url)
    place.set_up()
    return place


@pytest.fixture
def wiring(place) -> Iterator[Wiring]:
    with place.opened() as one:
        yield one


def value(one: str, before: str, after: str, name: str = "buying_phase") -> Difference:
    kind: ObjectType = "deals" if name.startswith("deal_") else "companies"
    return Difference(kind, one, name, before, after)


def write(wiring: Wiring, *found: Difference, kind: str = "sync", **counts: object) -> int:
    """Take a run that writes just this."""
    store = wiring.store
    run_id = store.start_run(kind, started_at=clock())
    written = write_changes(
        wiring.crm,
        store,
        found,
        batch=2,
        side_by_side=1,
        stop=wiring.stop,
        progress=silent,
    )
    kept = {"written": written.records, **counts}
    store.finish_run(run_id, finished_at=clock(), status="done", counts=kept)
    return run_id


def stands(portal, *ids: str, name: str = "csk_buying_phase") -> list[str | None]:
    kind = "deals" if name.startswith("csk_deal_") else "companies"
    return [portal.values(kind, one).get(name) or None for one in ids]


def type_in(portal, one: str, values: dict[str, str]) -> None:
    """Let a person change values of ours."""
    portal.set_values(
        "companies", one, {f"csk_{name}": text for name, text in values.items()}, at=clock()
    )


def test_values_go_back_and_what_did_not_stand_is_emptied(wiring, portal):
    write(wiring, value("1", "", "interest"), value("1", "", "5", "deal_phase"))
    run_id = write(
        wiring,
        value("1", "interest", "quote"),
        value("2", "", "order"),
        value("2", "", "55", "relation_score"),
        value("9", "", "order", "deal_phase"),
    )

    report = undo(wiring, run_id, silent)

    assert stands(portal, "1", "2") == ["interest", None]
    assert stands(portal, "2", name="csk_relation_score") == [None]
    assert stands(portal, "9", name="csk_deal_phase") == [None]
    assert (report.status, report.exit, report.run_id) == ("done", Exit.DONE, 3)
    assert (report.written.records, report.written.values, report.standing) == (3, 4, 0)
    assert report.counts == {
        ("companies", "buying_phase"): 2,
        ("companies", "relation_score"): 1,
        ("deals", "deal_phase"): 1,
    }
    assert wiring.store.read_standing("companies") == {"1": {"buying_phase": "interest"}}


def test_values_of_later_runs_go_back_too_and_the_report_names_those_runs(wiring, portal):
    first = write(wiring, value("1", "", "interest"), value("2", "", "interest"))
    write(wiring, value("1", "interest", "quote"), value("3", "", "quote"))

    report = undo(wiring, first, silent)

    assert stands(portal, "1", "2", "3") == [None, None, "quote"]
    assert report.left == []
    (note,) = report.notes
    assert note.startswith("written since by run 2: of the same values, those before run 1 go back")


def test_of_many_later_runs_the_first_are_named(wiring):
    for _ in range(7):
        write(wiring, value("1", "", "quote"))

    (five,) = preview_undo(wiring, 2, silent).notes
    (six,) = preview_undo(wiring, 1, silent).notes

    assert five.startswith("written since by run 3, 4, 5, 6, 7: of the same values")
    assert six.startswith("written since by run 2, 3, 4, 5, 6 and 1 more: of the same values")


def test_value_that_a_person_changed_stays_and_is_named(wiring, portal):
    run_id = write(
        wiring,
        value("1", "", "quote"),
        value("1", "", "55", "relation_score"),
        value("2", "", "quote"),
    )
    type_in(portal, "1", {"buying_phase": "order"})

    report = undo(wiring, run_id, silent)

    assert stands(portal, "1", "2") == ["order", None]
    assert stands(portal, "1", name="csk_relation_score") == [None]
    assert report.left == [Left("companies", "1", "buying_phase", CHANGED)]
    assert (report.status, report.exit) == ("partial", Exit.PARTIAL)


def test_value_that_a_person_changed_and_a_pull_has_read_stays_too(wiring, place, portal):
    run_id = write(wiring, value("1", "", "quote"))
    type_in(portal, "1", {"buying_phase": "order"})
    place.sync(steps=frozenset({"pull"}))

    report = undo(wiring, run_id, silent)

    assert stands(portal, "1") == ["order"]
    assert report.left == [Left("companies", "1", "buying_phase", CHANGED)]


def test_value_that_a_person_emptied_stays_empty(wiring, portal):
    write(wiring, value("1", "", "interest"))
    run_id = write(wiring, value("1", "interest", "quote"))
    type_in(portal, "1", {"buying_phase": ""})

    report = undo(wiring, run_id, silent)

    assert stands(portal, "1") == [None]
    assert report.left == [Left("companies", "1", "buying_phase", CHANGED)]


def test_values_are_compared_by_type(wiring, portal):
    run_id = write(
        wiring,
        value("1", "40", "55", "relation_score"),
        value("2", "40", "55", "relation_score"),
    )
    type_in(portal, "1", {"relation_score": "55.0"})
    type_in(portal, "2", {"relation_score": "40.00"})

    report = undo(wiring, run_id, silent)

    assert stands(portal, "1", "2", name="csk_relation_score") == ["40", "40.00"]
    assert (report.standing, report.written.values, report.left) == (1, 1, [])


def test_undo_of_an_undo_brings_the_values_of_the_run_back(wiring, portal):
    write(wiring, value("1", "", "interest"))
    run_id = write(wiring, value("1", "interest", "quote"), value("2", "", "order"))
    first = undo(wiring, run_id, silent)
    assert first.run_id is not None

    second = undo(wiring, first.run_id, silent)

    assert stands(portal, "1", "2") == ["quote", "order"]
    assert second.undone_run == 3
    assert read_pause(wiring.store) == second.pause


def test_undo_that_is_taken_again_has_nothing_left_to_do(wiring, crm):
    run_id = write(wiring, value("1", "", "quote"), value("2", "", "quote"))
    undo(wiring, run_id, silent)
    writes = crm.calls[WRITE]

    again = undo(wiring, run_id, silent)

    assert (again.standing, again.written.values, again.status) == (2, 0, "done")
    assert crm.calls[WRITE] == writes


def test_undo_that_was_stopped_goes_on_where_it_is_taken_again(wiring, portal, monkeypatch):
    monkeypatch.setattr("jobs.undo.PAGE", 2)
    found = [value(str(number), "", "quote") for number in range(1, 6)]
    run_id = write(wiring, *found)

    with pytest.raises(StoppedError, match="undo it again to go on"):
        undo(wiring, run_id, lambda _work, _done, _total: wiring.stop.set())
    stopped = wiring.store.read_runs(limit=1)[0]
    wiring.stop.clear()
    again = undo(wiring, run_id, silent)

    assert (stopped.kind, stopped.status, stopped.counts["values"]) == ("undo", "stopped", 2)
    assert (again.standing, again.written.values) == (2, 3)
    assert stands(portal, "1", "2", "3", "4", "5") == [None] * 5


@pytest.mark.parametrize("page", [1, 2, 5, 6])
def test_size_of_pages_changes_nothing_of_what_goes_back(wiring, portal, monkeypatch, page):
    monkeypatch.setattr("jobs.undo.PAGE", page)
    seen: list[tuple[str, int, int | None]] = []
    run_id = write(wiring, *(value(str(number), "", "quote") for number in range(1, 6)))

    report = undo(wiring, run_id, lambda *told: seen.append(told))

    assert stands(portal, "1", "2", "3", "4", "5") == [None] * 5
    assert (report.records, report.written.values) == (5, 5)
    assert seen[-1] == ("undo companies", 5, 5)


def test_write_back_is_paused_before_the_first_value_goes_back(wiring, crm, portal):
    wiring.store.save_state(COMPUTED_KEY, "digest")
    run_id = write(wiring, value("1", "", "quote"))
    crm.faults.add(Fault("403", route="POST */companies/batch/read"))

    with pytest.raises(PermanentCrmError):
        undo(wiring, run_id, silent)

    failed = wiring.store.read_runs(limit=1)[0]
    paused = read_pause(wiring.store)
    assert paused is not None
    assert (paused.by_run, paused.undone_run) == (failed.run_id, run_id)
    assert wiring.store.read_state(COMPUTED_KEY) is None
    assert failed.status == "failed"
    assert len(failed.counts["notes"]) == 1
    assert stands(portal, "1") == ["quote"]


def test_records_that_are_gone_are_told_and_the_others_go_back(wiring, portal):
    run_id = write(wiring, value("1", "", "quote"), value("2", "", "quote"))
    portal.archive("companies", "1", at=clock())

    report = undo(wiring, run_id, silent)

    assert report.gone == [("companies", "1")]
    assert stands(portal, "2") == [None]
    assert report.status == "done"
    assert wiring.store.read_runs(limit=1)[0].counts["gone"] == 1


def test_record_that_cannot_be_read_is_left_and_named(wiring, portal):
    run_id = write(wiring, value("5", "", "order", "deal_phase"), value("1", "", "quote"))
    portal.objects["deals"]["5"].values["amount"] = "98765,43 euro"

    report = undo(wiring, run_id, silent)

    assert report.left == [Left("deals", "5", None, UNREADABLE)]
    assert stands(portal, "5", name="csk_deal_phase") == ["order"]
    assert stands(portal, "1") == [None]


def test_value_that_the_crm_does_not_take_back_is_counted_as_refused(wiring, portal):
    write(wiring, value("1", "", "interest"))
    run_id = write(wiring, value("1", "interest", "quote"), value("2", "", "quote"))
    options = portal.properties["companies"]["csk_buying_phase"]["options"]
    options.remove(next(one for one in options if one["value"] == "interest"))

    report = undo(wiring, run_id, silent)

    assert stands(portal, "1", "2") == ["quote", None]
    assert report.written.refused_count == 1
    assert (report.status, report.exit) == ("partial", Exit.PARTIAL)


def test_value_of_a_property_that_was_deleted_is_left_and_the_others_go_back(wiring, portal):
    run_id = write(
        wiring,
        value("1", "", "quote"),
        value("1", "40", "55", "relation_score"),
        value("2", "", "55", "relation_score"),
    )
    del portal.properties["companies"]["csk_relation_score"]
    for one in ("1", "2"):
        record = portal.objects["companies"][one]
        del record.values["csk_relation_score"], record.versions["csk_relation_score"]
    wiring.store.save_state("description", None)

    report = undo(wiring, run_id, silent)

    assert report.left == [Left("companies", "1", "relation_score", LACKING)]
    assert report.standing == 1
    assert stands(portal, "1") == [None]


def test_object_that_may_no_longer_be_written_is_left_out_and_the_others_go_back(
    wiring, place, portal
):
    run_id = write(wiring, value("1", "", "quote"), value("9", "", "order", "deal_phase"))
    with lacking(place, portal, "crm.objects.companies.write") as weaker:
        report = undo(weaker, run_id, silent)

    assert list(report.left_out) == ["write companies"]
    assert stands(portal, "1") == ["quote"]
    assert stands(portal, "9", name="csk_deal_phase") == [None]
    assert report.exit == Exit.PARTIAL


def test_object_that_may_no_longer_be_read_is_left_out(wiring, place, portal):
    run_id = write(wiring, value("1", "", "quote"), value("9", "", "order", "deal_phase"))
    with lacking(place, portal, "crm.objects.deals.read") as weaker:
        report = undo(weaker, run_id, silent)

    assert list(report.left_out) == ["undo deals"]
    assert stands(portal, "1") == [None]
    assert stands(portal, "9", name="csk_deal_phase") == ["order"]


@contextmanager
def lacking(place: Workplace, portal, scope: str) -> Iterator[Wiring]:
    """The same account and store under a weaker token."""
    with Sandbox(portal, limits=None, routes=(), scopes=DEFAULT_SCOPES - {scope}) as crm:
        text = place.config.read_text()
        start = text.index("http://")
        place.config.write_text(text.replace(text[start : text.index("\n", start)], crm.base_url))
        with place.opened() as weaker:
            weaker.store.save_state("description", None)
            yield weaker


def test_preview_tells_the_same_and_changes_nothing(wiring, crm, portal):
    write(wiring, value("1", "", "interest"))
    run_id = write(wiring, value("1", "interest", "quote"), value("2", "", "quote"))
    type_in(portal, "2", {"buying_phase": "order"})
    stood, writes = values_of_ours(portal), crm.calls[WRITE]

    report = preview_undo(wiring, run_id, silent)

    assert report.found == [value("1", "quote", "interest")]
    assert report.left == [Left("companies", "2", "buying_phase", CHANGED)]
    assert (report.run_id, report.status, report.pause) == (0, "preview", None)
    assert (values_of_ours(portal), crm.calls[WRITE]) == (stood, writes)
    assert len(wiring.store.read_runs()) == 2
    assert read_pause(wiring.store) is None


def test_record_of_the_run_holds_counts_and_no_value(wiring, portal):
    run_id = write(
        wiring, value("1", "", "quote"), value("2", "", "quote"), value("3", "", "quote")
    )
    type_in(portal, "1", {"buying_phase": "order"})
    type_in(portal, "2", {"buying_phase": ""})

    undo(wiring, run_id, silent)

    run = wiring.store.read_runs(limit=1)[0]
    assert (run.kind, run.status) == ("undo", "partial")
    counts = {key: run.counts[key] for key in ("undone_run", "written", "values", "standing")}
    assert counts == {"undone_run": 1, "written": 1, "values": 1, "standing": 1}
    assert run.counts["left"] == {CHANGED: 1}
    assert run.counts["left_values"] == [["companies", "1", "buying_phase", CHANGED]]
    assert run.counts["calls"]["write"] == 1
    assert not {"quote", "order"} & set(json.dumps(dict(run.counts)).replace('"', " ").split())


def test_tasks_of_sellers_are_said_to_stay(wiring):
    run_id = write(wiring, value("1", "", "quote"), seller_tasks=2)

    report = preview_undo(wiring, run_id, silent)

    assert report.notes == ["run 1 brought 2 tasks of sellers up to date: tasks stay as they are"]


# what cannot be undone


def refusal(wiring: Wiring, run_id: int) -> str:
    with pytest.raises(UndoError) as told:
        undo(wiring, run_id, silent)
    assert exit_of(told.value) == Exit.USAGE
    assert read_pause(wiring.store) is None
    return str(told.value)


def test_run_that_is_not_there_is_no_run_to_undo(wiring):
    assert refusal(wiring, 7) == (
        "undo: run 7 is not among the runs of this account: `toprelatie runs` lists them"
    )


@pytest.mark.parametrize(
    ("kind", "why"),
    [("preview", "was a preview and wrote nothing"), ("sync", "wrote nothing")],
)
def test_run_that_wrote_nothing_cannot_be_undone(wiring, kind, why):
    run_id = write(wiring, kind=kind)

    assert refusal(wiring, run_id) == f"undo: run {run_id} {why}: there is nothing to undo"


def test_run_of_long_ago_cannot_be_undone(wiring):
    run_id = write(wiring, value("1", "", "quote"), value("2", "", "quote"))
    wiring.store.prune_journal(runs_from=clock() + timedelta(days=1))

    assert refusal(wiring, run_id) == (
        f"undo: run {run_id} wrote 2 records, and what stood before is not kept any more (after "
        "some weeks `toprelatie store prune`, at once `store rollback` takes it away): only a copy "
        "of the CRM's own can bring it back"
    )


@pytest.mark.parametrize(("age_days", "is_kept"), [(29, True), (31, False)])
def test_first_run_of_a_day_forgets_what_can_no_longer_be_undone(wiring, age_days, is_kept):
    old = wiring.store.start_run("sync", started_at=clock() - timedelta(days=age_days))
    wiring.store.save_journal("companies", {"1": {"buying_phase": ("", "quote")}})

    run_sync(wiring, Request(), silent)

    assert (old in wiring.store.count_journal(from_run=old)) is is_kept


def test_undo_waits_for_nobody(wiring):
    run_id = write(wiring, value("1", "", "quote"))

    with wiring.store.lock(), pytest.raises(LockHeldError):
        undo(wiring, run_id, silent)
    assert read_pause(wiring.store) is None


# the pause


def test_resume_ends_the_pause_and_has_the_next_run_compare_everything(wiring):
    run_id = write(wiring, value("1", "", "quote"))
    undo(wiring, run_id, silent)
    wiring.store.save_state(COMPUTED_KEY, "digest")

    ended = resume(wiring.store)

    assert ended is not None
    assert ended.undone_run == run_id
    assert read_pause(wiring.store) is None
    assert wiring.store.read_state(COMPUTED_KEY) is None
    assert resume(wiring.store) is None


def test_resume_is_refused_while_a_run_is_at_work(wiring):
    undo(wiring, write(wiring, value("1", "", "quote")), silent)

    with wiring.store.lock(), pytest.raises(LockHeldError):
        resume(wiring.store)
    assert read_pause(wiring.store) is not None


def test_pause_says_since_when_and_what_to_do():
    one = Pause(datetime(2026, 6, 1, 8, 30, tzinfo=UTC), by_run=9, undone_run=7)

    assert one.sentence == (
        "write-back is paused since 2026-06-01 08:30 UTC by the undo of run 7 (run 9): look with "
        "`toprelatie sync --dry-run`, then `toprelatie resume`"
    )
