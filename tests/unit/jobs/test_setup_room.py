"""Set-up creates nothing where there is no room for all of it."""

from dataclasses import replace

import pytest

from connector.ports import PermanentCrmError
from connector.sandbox import Sandbox
from jobs.setup import plan_setup, room_faults, run_setup
from tests.acceptance.small_account import small_account
from tests.acceptance.workplace import Workplace


@pytest.mark.parametrize(("spare", "fits"), [(-1, False), (0, True), (1, True)])
def test_set_up_asks_for_room_for_all_its_properties(tmp_path, spare, fits):
    portal = small_account(2)
    with (
        Sandbox(portal, limits=None, routes=()) as sandbox,
        Workplace(tmp_path, sandbox.base_url).opened() as wiring,
    ):
        plan = plan_setup(wiring, ("companies",))
        wanted = len(plan.create["companies"])
        description = replace(
            wiring.crm.describe(), property_room={"companies": wanted + spare, "deals": None}
        )
        if fits:
            run_setup(wiring.crm, wiring.store, plan, description)
        else:
            with pytest.raises(
                PermanentCrmError,
                match=f"set-up: companies: {wanted} properties to create, room for {wanted - 1}",
            ):
                run_setup(wiring.crm, wiring.store, plan, description)

    assert (room_faults(plan, description) == []) is fits
    assert ("csk_buying_phase" in portal.properties["companies"]) is fits
