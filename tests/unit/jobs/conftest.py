"""What the tests of jobs share: the small account on loopback."""

from collections.abc import Iterator

import pytest

from connector.sandbox import Portal, Sandbox
from tests.acceptance.small_account import small_account


@pytest.fixture
def portal() -> Portal:
    return small_account()


@pytest.fixture
def crm(portal: Portal) -> Iterator[Sandbox]:
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        yield sandbox
