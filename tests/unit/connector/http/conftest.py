"""A CRM that answers as each test says, and time that stands still."""

from collections.abc import Iterator

import pytest
import responses

from tests.unit.connector.http.plain_dialect import FakeTime


@pytest.fixture
def crm() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()
