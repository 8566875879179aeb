"""What the account says of itself is asked for at most hourly, and again when it is outdated."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.ports import ConfigError
from jobs.describe import DESCRIPTION_KEY, describe, describe_unknown, forget_description
from jobs.wiring import Wiring, clock
from tests.acceptance.small_account import BEGIN
from tests.acceptance.workplace import Workplace


@pytest.fixture
def place(tmp_path, crm) -> Workplace:
    return Workplace(tmp_path, crm.base_url)


def metadata_calls(wiring: Wiring) -> int:
    return dict(wiring.crm.usage()).get("metadata", 0)


def later(wiring: Wiring, wait: timedelta) -> Wiring:
    return replace(wiring, clock=lambda: clock() + wait)


def test_second_process_within_the_hour_asks_for_nothing(place):
    with place.opened() as wiring:
        first, was_asked = describe(wiring)
    with place.opened() as wiring:
        again, was_asked_again = describe(wiring)

        assert (was_asked, was_asked_again) == (True, False)
        assert again == first
        assert wiring.crm.describe() == first
        assert metadata_calls(wiring) == 0


@pytest.mark.parametrize(("minutes", "asks"), [(59, False), (60, True)])
def test_description_holds_for_an_hour(place, minutes, asks):
    with place.opened() as wiring:
        describe(wiring)
    with place.opened() as wiring:
        _, was_asked = describe(later(wiring, timedelta(minutes=minutes)))

    assert was_asked is asks


def test_description_from_a_moment_to_come_is_not_relied_upon(place):
    with place.opened() as wiring:
        describe(later(wiring, timedelta(days=1)))
    with place.opened() as wiring:
        _, was_asked = describe(wiring)

    assert was_asked


def test_another_token_another_mapping_and_a_wish_ask_again(place, crm):
    with place.opened() as wiring:
        describe(wiring)
        assert describe(wiring, fresh=True)[1]
    crm._api.token = "second-token"
    place.token.write_text("second-token")
    with place.opened() as wiring:
        assert describe(wiring)[1]
    place.mapping.write_text("crm: hubspot\nfields: {deal: {margin: hs_tcv}}\n")
    with place.opened() as wiring:
        assert describe(wiring)[1]
        forget_description(wiring.store)
    with place.opened() as wiring:
        assert describe(wiring)[1]
        assert not describe(wiring)[1]


def test_description_that_another_version_kept_is_asked_for_again(place):
    with place.opened() as wiring:
        describe(wiring)
        kept = wiring.store.read_state(DESCRIPTION_KEY)
        wiring.store.save_state(DESCRIPTION_KEY, kept.replace('"owners"', '"sellers"'))

        assert describe(wiring)[1]


def test_names_of_owners_and_the_token_are_not_kept_with_it(place):
    with place.opened() as wiring:
        description, _ = describe(wiring)
        kept = wiring.store.read_state(DESCRIPTION_KEY)

    assert description.owners[0].name not in kept
    assert "sandbox-token" not in kept


def test_account_that_is_another_is_refused(place, portal):
    with place.opened() as wiring:
        describe(wiring)
    portal.account_id = "999"

    with (
        place.opened() as wiring,
        pytest.raises(ConfigError, match="the token opens account 999"),
    ):
        describe(wiring, fresh=True)


def test_stage_or_owner_that_nobody_told_of_is_asked_about_once(place, portal):
    place.set_up()
    with place.opened() as wiring:
        place.sync()
        assert not describe_unknown(wiring)
        portal.add_owner("77", "New", "Seller", "new@example.com")
        portal.set_values("companies", "3", {"hubspot_owner_id": "77"}, at=clock())
        portal.set_values("companies", "4", {"hubspot_owner_id": "88"}, at=clock())

        place.sync()

    with place.opened() as wiring:
        assert "77" in {owner.external_id for owner in wiring.store.read_owners()}
        assert wiring.store.read_unknown_words() == ["owner 88"]
        assert not describe_unknown(wiring)
        before = metadata_calls(wiring)
        describe(wiring)
        assert metadata_calls(wiring) == before == 0


def test_stage_that_was_made_within_the_hour_is_known_after_the_run(place, portal):
    place.set_up()
    place.sync()
    portal.add_pipeline("second", "Second", [("fresh", "Fresh", "0.2", False)])
    portal.add_record("deals", "900", {"pipeline": "second", "dealstage": "fresh"}, at=BEGIN)
    portal.set_values("deals", "900", {"amount": "5"}, at=clock())

    report = place.sync()

    with place.opened() as wiring:
        assert ("second", "fresh") in {
            (one.pipeline, one.stage) for one in wiring.store.read_stages()
        }
    assert ("second", "fresh") in report.stages.unmapped
