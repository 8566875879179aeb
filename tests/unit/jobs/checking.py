"""What the tests of a check share: the small account with a mapping of its stages, and readers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connector.sandbox import DEFAULT_SCOPES, Portal, Sandbox
from jobs.check.run import Check, run_check
from tests.acceptance.small_account import small_account
from tests.acceptance.workplace import Workplace

MAPPED = """\
crm: hubspot
stages:
  default:
    qualifiedtobuy: interest
    contractsent: quote
    closedwon: order
    closedlost: lost
"""


@contextmanager
def account(
    folder: Path, *, portal: Portal | None = None, mapping: str = MAPPED, without: str = ""
) -> Iterator[Workplace]:
    with account_on(folder, portal=portal, mapping=mapping, without=without) as (place, _):
        yield place


@contextmanager
def account_on(
    folder: Path, *, portal: Portal | None = None, mapping: str = MAPPED, without: str = ""
) -> Iterator[tuple[Workplace, Sandbox]]:
    scopes = DEFAULT_SCOPES - {without}
    with Sandbox(portal or small_account(), limits=None, routes=(), scopes=scopes) as sandbox:
        yield Workplace(folder, sandbox.base_url, mapping=mapping), sandbox


def check(place: Workplace) -> Check:
    with place.opened() as wiring:
        return run_check(wiring)


def of_level(found: Check, level: str) -> dict[str, str]:
    return {one.subject: one.text for one in found.findings if one.level == level}


def missed(found: Check) -> dict[str, str]:
    return {one.kpi: one.why for one in found.unmeasured}
