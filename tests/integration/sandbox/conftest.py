"""The look-alike as a server, over a small portal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connector.sandbox import Portal, Sandbox

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Client:
    """Plain HTTP with the token, one connection."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base_url = sandbox.base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {sandbox.token}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, timeout=10, **more)


@pytest.fixture
def portal() -> Portal:
    portal = Portal()
    portal.add_owner("101", "Ann", "Visser", "ann@example.com")
    portal.add_pipeline(
        "default", "Sales", [("new", "New", "0.2", False), ("closedwon", "Won", "1.0", True)]
    )
    portal.add_property("companies", "csk_score", "Score", "number", "number")
    for number in range(1, 251):
        at = NOW - timedelta(days=30) + timedelta(minutes=number)
        portal.add_record("companies", str(number), {"name": f"Company {number}"}, at=at)
    portal.add_record("contacts", "900", {"email": "x@example.com"}, at=NOW - timedelta(days=9))
    portal.add_record(
        "deals",
        "700",
        {"dealname": "D", "pipeline": "default", "dealstage": "new", "amount": "5000.00"},
        at=NOW - timedelta(days=9),
    )
    portal.associate("deals", "700", "companies", "1", "Primary")
    return portal


@pytest.fixture
def sandbox(portal):
    with Sandbox(portal, clock=lambda: NOW, limits=None, routes=[]) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox):
    client = Client(sandbox)
    yield client
    client.session.close()
