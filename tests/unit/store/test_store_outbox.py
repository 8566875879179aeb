"""The outbox remembers what stands in the CRM of our own values, and what was refused."""

from store.outbox import Outcome, Refusal
from store.store import Store
from tests.store_fixtures import MODIFIED, PULLED, account_on, company


def test_outcome_is_merged_into_what_stood_and_an_emptied_value_goes(store):
    first = Outcome("1", "written", {"relation_score": "5", "buying_phase": "quote"}, MODIFIED)
    store.save_outcomes("companies", [first])

    changed = Outcome("1", "written", {"relation_score": "6", "buying_phase": ""}, MODIFIED)
    store.save_outcomes("companies", [changed])

    assert store.read_standing("companies") == {"1": {"relation_score": "6"}}
    assert store.read_standing("contacts") == {}


def test_record_of_which_nothing_stands_is_left_out(store):
    store.save_outcomes("deals", [Outcome("1", "written", {"deal_phase": ""}, MODIFIED)])

    assert store.read_standing("deals") == {}


def test_pull_says_what_stands_whatever_we_knew(store):
    known = Outcome("1", "written", {"relation_score": "5", "buying_phase": "quote"})
    store.save_outcomes("companies", [known])
    standing = {"relation_score": "5", "phase_conflict": ""}

    store.save_page("companies", [company(standing=standing)], cursor="c", pulled_at=PULLED)

    assert store.read_standing("companies") == {"1": {"relation_score": "5"}}


def test_refusals_are_counted_until_a_write_succeeds(store):
    store.save_outcomes("companies", [Outcome("1", "written", {"relation_score": "5"})])
    refused = Outcome("1", "refused", reason="no such property")
    store.save_outcomes("companies", [refused, Outcome("2", "refused")])
    store.save_outcomes("companies", [refused])
    store.save_outcomes("contacts", [Outcome("3", "refused", reason="read only")])

    assert store.read_refusals() == [
        Refusal("companies", "1", "no such property", 2),
        Refusal("companies", "2", "no reason given", 1),
        Refusal("contacts", "3", "read only", 1),
    ]
    assert store.read_standing("companies") == {"1": {"relation_score": "5"}}

    store.save_outcomes("companies", [Outcome("1", "written"), Outcome("2", "written")])
    assert store.read_refusals() == [Refusal("contacts", "3", "read only", 1)]


def test_record_that_the_crm_no_longer_has_leaves_the_mirror(store):
    records = [company("1", standing={"relation_score": "5"}), company("2")]
    store.save_page("companies", records, cursor="c", pulled_at=PULLED)
    version = store.mirror_version()

    store.save_outcomes("companies", [Outcome("1", "gone"), Outcome("404", "gone")])

    assert store.read_mirror().companies["relation_id"].to_list() == ["2"]
    assert store.read_standing("companies") == {}
    assert store.mirror_version() == version + 1


def test_outcomes_do_not_make_compute_run_again(store):
    version = store.mirror_version()

    store.save_outcomes("companies", [Outcome("1", "written", {"relation_score": "5"})])

    assert store.mirror_version() == version


def test_outbox_that_is_cleared_knows_no_values_and_no_refusals_of_that_account(store):
    address = store._database.url.render_as_string(hide_password=False)
    with account_on(address) as name:
        other = Store(store._database, account=name)
        for one in (store, other):
            written = Outcome("1", "written", {"relation_score": "80"})
            one.save_outcomes("companies", [written, Outcome("2", "refused", reason="no")])

        store.clear_outbox()

        assert (store.read_standing("companies"), store.read_refusals()) == ({}, [])
        assert other.read_standing("companies") == {"1": {"relation_score": "80"}}
        assert other.read_refusals() == [Refusal("companies", "2", "no", 1)]
