"""A small portal, and the API over it without a server between."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from connector.sandbox import DEFAULT_SCOPES, Limits, Portal
from connector.sandbox.api import Api, Call
from connector.sandbox.wire import Answer, Settings

TOKEN = "sandbox-token"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)


class Caller:
    """Calls the API as a client would; `now` is the instant of the next call."""

    def __init__(
        self,
        portal: Portal,
        *,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        limits: Limits | None = None,
        **settings: float | bool,
    ) -> None:
        self.portal = portal
        self.now = NOW
        self.headers: Mapping[str, str] = {}
        self.api = Api(
            portal,
            lambda: self.now,
            "sandbox-token",
            scopes,
            limits,
            0,
            Settings(**settings),  # type: ignore[arg-type]
            drop=lambda _: None,
        )

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, **query: Any
    ) -> tuple[int, Any]:
        answer: Answer = self.api.answer(
            Call(
                method,
                path,
                urlencode(query).encode(),
                None if token is None else f"Bearer {token}",
                b"" if body is None else json.dumps(body).encode(),
            )
        )
        self.headers = answer.headers
        return answer.status, json.loads(answer.content) if answer.content else None


@pytest.fixture
def portal() -> Portal:
    portal = Portal()
    portal.add_owner("101", "Ann", "Visser", "ann@example.com", user_id="9001")
    portal.add_owner("102", "Bob", "Smit", "bob@example.com")
    portal.add_owner("103", "Cor", "Bos", "cor@example.com", archived=True)
    portal.add_pipeline(
        "default",
        "Sales",
        [
            ("new", "New", "0.2", False),
            ("closedwon", "Won", "1.0", True),
            ("closedlost", "Lost", "0.0", True),
        ],
    )
    portal.add_property("companies", "csk_score", "Score", "number", "number")
    portal.add_property("companies", "csk_day", "Day", "date", "date")
    portal.add_property(
        "companies",
        "csk_pains",
        "Pains",
        "enumeration",
        "checkbox",
        options={"late": "Late", "price": "Price"},
    )
    for record_id, name in (("11", "Alfa"), ("12", "Beta"), ("13", "Gamma")):
        portal.add_record("companies", record_id, {"name": name}, at=JUNE)
    portal.add_record("contacts", "21", {"email": "x@example.com"}, at=JUNE)
    portal.add_record(
        "deals", "31", {"dealname": "D", "pipeline": "default", "dealstage": "new"}, at=JUNE
    )
    return portal


@pytest.fixture
def call(portal: Portal) -> Caller:
    return Caller(portal)


@pytest.fixture
def caller() -> type[Caller]:
    """Makes a caller of its own kind: `caller(portal, search_lag_s=60)`."""
    return Caller
