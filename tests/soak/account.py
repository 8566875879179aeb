"""The service on the account of a soak, in this process: what it is given and how a run is made."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any
from unittest import mock

from structlog.testing import capture_logs

from connector.hubspot.adapter import HubSpotAdapter
from jobs.outcome import Report, Request
from jobs.runs import run_sync
from jobs.setup import plan_setup, run_setup
from jobs.wiring import Wiring, build_crm, open_wiring
from store.store import Store
from tests.acceptance.workplace import Workplace, silent
from tests.soak.clock import FakeClock, Patience
from tests.soak.faults import Heart, make_mortal
from tests.soak.world import MAPPING


def workplace(folder: Path, base_url: str, *, settings: Mapping[str, float]) -> Workplace:
    """Configuration, mapping and token in a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    limit = "write_back: {change_limit: null}\n"  # more than half of the world changes at a time
    place = Workplace(folder, base_url, mapping=MAPPING, extra=limit)
    lines = "".join(f"  {name}: {value}\n" for name, value in {**settings, "app_id": 0}.items())
    lines = lines.replace("app_id: 0", 'app_id: "1185"')
    place.config.write_text(place.config.read_text().replace("  lag_s: 0\n", lines))
    return place


SMALL: dict[str, Any] = {"both_ends_from": 45}
"""Numbers of records from which on the adapter goes other ways; a small account reaches these."""


@contextmanager
def _by(clock: FakeClock) -> Iterator[None]:
    """Let the adapter be made with the fake clock, and with bounds that a small account reaches."""
    known = signature(HubSpotAdapter).parameters
    small = partial(HubSpotAdapter, **{name: SMALL[name] for name in SMALL if name in known})
    with (
        mock.patch("jobs.wiring.clock", clock.own),
        mock.patch("jobs.wiring.HubSpotAdapter", small),
    ):
        yield


def open_account(place: Workplace, clock: FakeClock, heart: Heart | None = None) -> Wiring:
    """The service as a new process opens it, by the fake clock; it never really waits."""
    with _by(clock):
        wiring = open_wiring(place.config, stop=Patience(clock))
    return _born(wiring, clock, heart)


def reopen(wiring: Wiring, clock: FakeClock, heart: Heart) -> Wiring:
    """The service as a new process opens it, but for reading its files, which takes long."""
    wiring.close()
    stop = Patience(clock)
    with _by(clock):
        crm = build_crm(wiring.config, wiring.mapping, wiring.parameters, stop)
    store = Store.open(wiring.config.store, account=wiring.config.account)
    return _born(replace(wiring, crm=crm, store=store, stop=stop), clock, heart)


def _born(wiring: Wiring, clock: FakeClock, heart: Heart | None) -> Wiring:
    if heart is not None:
        make_mortal(wiring.store, heart)
    return replace(wiring, clock=clock.own)


def set_up(wiring: Wiring) -> None:
    """Create groups and properties."""
    plan = plan_setup(wiring)
    run_setup(wiring.crm, wiring.store, plan, wiring.crm.describe())


def sync(wiring: Wiring, **request: bool | frozenset[str] | datetime) -> Report:
    """One run; nothing is logged."""
    with capture_logs():
        return run_sync(wiring, Request(**request), silent)  # type: ignore[arg-type]
