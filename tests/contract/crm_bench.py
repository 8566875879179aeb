"""One account, on every CRM that there is an adapter for: HubSpot's look-alike, a folder of files.

A further adapter needs one line in `ADAPTERS`: a context that gives the `Bench` of this account.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connector.files.adapter import FilesAdapter
from connector.files.settings import FilesSettings
from connector.hubspot.adapter import HubSpotAdapter
from connector.hubspot.settings import HubSpotLimits, HubSpotSettings
from connector.ports import Crm, PulledType
from connector.sandbox import Portal, Sandbox
from mappings.fields import Fields

BEGUN = datetime(2026, 6, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)
TOKEN = "pat-eu1-the-secret-of-the-contract"

COMPANIES: dict[str, dict[str, str]] = {
    str(number): {"name": f"Relation {number}", "hubspot_owner_id": "51"}
    for number in range(101, 110)
}
UNREADABLE = "104"
COMPANIES[UNREADABLE]["annualrevenue"] = "a lot"
CONTACTS = {str(number): {"jobtitle": "Inkoper"} for number in range(201, 206)}
DEALS = {
    str(number): {"pipeline": "default", "dealstage": "new", "amount": "1000.50"}
    for number in range(301, 305)
}
CALLS = {
    str(number): {"hs_timestamp": "2026-05-20T09:00:00Z", "hs_call_duration": "61000"}
    for number in range(401, 408)
}
RECORDS: dict[str, dict[str, dict[str, str]]] = {
    "companies": COMPANIES,
    "contacts": CONTACTS,
    "deals": DEALS,
    "calls": CALLS,
}
CONTACTS["201"]["hs_buying_role"] = "DECISION_MAKER"
TITLES = [("Monteur", BEGUN - timedelta(days=90)), ("Inkoper", BEGUN)]
"""Titles of contact 201 and when each was set."""
GOALS: dict[str, dict[str, str]] = {
    "601": {"hubspot_owner_id": "51", "hs_target_amount": "400000"},
    "602": {"hubspot_owner_id": "", "hs_target_amount": "900000"},
    "603": {"hubspot_owner_id": "51", "hs_target_amount": ""},
    "604": {"hubspot_owner_id": "", "hs_assignee_user_id": "9051", "hs_target_amount": "99.5"},
}
"""Targets for this year: two of the seller (one by user id), one of a team, one without amount."""
for _goal in GOALS.values():
    _goal["hs_start_datetime"] = "2026-01-01T00:00:00Z"
    _goal["hs_end_datetime"] = "2027-01-01T00:00:00Z"
LINKS = [
    ("deals", "301", "companies", "101", "Primary"),
    ("deals", "301", "companies", "102", None),
    ("deals", "302", "companies", "102", "Primary"),
    ("deals", "301", "companies", "103", None),
    ("contacts", "201", "companies", "101", "Primary"),
    ("calls", "401", "companies", "101", None),
]
TYPES: tuple[PulledType, ...] = ("companies", "contacts", "deals", "calls")


@dataclass
class Bench:
    """An adapter for the account, and ways to meddle with the account behind its back.

    Attributes:
        build: makes an adapter for pages of a size, at a moment.
        move: changes a company's name at a moment; None where the CRM tells no changes.
        lists: how often records of a type were listed; None where there are no calls.
        stands: value of a property of ours that stands in the CRM.
        refuses: the CRM refuses a value that does not fit its property.
    """

    build: Callable[..., Crm]
    stands: Callable[[str, str], str | None]
    move: Callable[[str, str, datetime], object] | None = None
    lists: Callable[[str], int] | None = None
    refuses: bool = False


def filled_portal() -> Portal:
    portal = Portal()
    portal.add_owner("51", "Anna", "Bos", "anna@example.nl", user_id="9051")
    portal.add_pipeline(
        "default",
        "Sales",
        [
            ("new", "New", "0.1", False),
            ("won", "Won", "1.0", True),
            ("lost", "Lost", "0.0", True),
        ],
    )
    portal.add_property("companies", "csk_relation_score", "Score", "number", "number")
    portal.add_property("companies", "csk_score_explanation", "Why", "string", "textarea")
    portal.add_property("contacts", "csk_dmu_slot", "Slot", "string", "text")
    portal.add_property("contacts", "csk_contact_last_two_way", "Last", "date", "date")
    for object_type, records in RECORDS.items():
        for external_id, values in records.items():
            portal.add_record(object_type, external_id, values, at=BEGUN)
    for title, at in TITLES[:1]:
        portal.set_values("contacts", "201", {"jobtitle": title}, at=at)
    for external_id, values in GOALS.items():
        portal.add_record("goal_targets", external_id, values, at=BEGUN)
    for link in LINKS:
        portal.associate(*link)
    return portal


def hubspot(base_url: str, *, page_size: int = 100, now: datetime = NOW, **extra: Any) -> Crm:
    settings = HubSpotSettings(
        kind="hubspot",
        base_url=base_url,
        page_size=page_size,
        limits=HubSpotLimits(enabled=False),
        **{"max_tries": 1, **extra},
    )
    return HubSpotAdapter(
        settings,
        token=lambda: SecretStr(TOKEN),
        fields=Fields(),
        prefix="csk_",
        standing={
            "companies": ("relation_score", "score_explanation"),
            "contacts": ("dmu_slot", "contact_last_two_way"),
        },
        activities_since=None,
        clock=lambda: now,
    )


@contextmanager
def hubspot_bench(_: Path) -> Iterator[Bench]:
    portal = filled_portal()
    with Sandbox(
        portal, clock=lambda: NOW, limits=None, token=TOKEN, link_page_size=2, routes=[]
    ) as sandbox:
        yield Bench(
            build=lambda **extra: hubspot(sandbox.base_url, **extra),
            move=lambda one, name, at: portal.set_values("companies", one, {"name": name}, at=at),
            lists=lambda kind: sandbox.calls_by_type[f"GET list {kind}"],
            stands=lambda one, name: portal.values("companies", one).get(f"csk_{name}"),
            refuses=True,
        )


def write_csv(path: Path, rows: Sequence[Mapping[str, str | None]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def write_folder(folder: Path) -> None:
    """The same account as a folder (docs/load-layout.md)."""
    modified = {"hs_lastmodifieddate": BEGUN.isoformat()}
    for object_type, records in RECORDS.items():
        rows = [{"id": one, **modified, **values} for one, values in records.items()]
        write_csv(folder / f"{object_type}.csv", rows)
    owner = {"id": "51", "first_name": "Anna", "last_name": "Bos", "user_id": "9051"}
    write_csv(folder / "owners.csv", [owner])
    write_csv(folder / "account.csv", [{"key": "timezone", "value": "Europe/Amsterdam"}])
    write_csv(folder / "goals.csv", [{"id": one, **values} for one, values in GOALS.items()])
    write_table(
        folder / "pipelines.csv",
        ("pipeline_id", "stage_id", "probability", "is_closed"),
        [
            ("default", "new", "0.1", "false"),
            ("default", "won", "1.0", "true"),
            ("default", "lost", "0.0", "true"),
        ],
    )
    write_table(
        folder / "associations.csv", ("from_type", "from_id", "to_type", "to_id", "label"), LINKS
    )
    write_table(
        folder / "history.csv",
        ("object_type", "id", "property", "value", "timestamp"),
        [
            *(("deals", one, "dealstage", "new", BEGUN.isoformat()) for one in DEALS),
            *(("contacts", "201", "jobtitle", title, at.isoformat()) for title, at in TITLES),
            ("contacts", "201", "hs_buying_role", "DECISION_MAKER", BEGUN.isoformat()),
        ],
    )


def write_table(path: Path, names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
    write_csv(path, [dict(zip(names, row, strict=True)) for row in rows])


@contextmanager
def files_bench(folder: Path) -> Iterator[Bench]:
    write_folder(folder)

    def build(*, page_size: int = 100, now: datetime = NOW) -> Crm:
        settings = FilesSettings(kind="files", folder=folder)
        return FilesAdapter(
            settings, fields=Fields(), prefix="csk_", clock=lambda: now, page_size=page_size
        )

    def stands(external_id: str, name: str) -> str | None:
        with (folder / "results" / "companies.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["id"]: row for row in csv.DictReader(file)}
        return rows[external_id].get(f"csk_{name}") or None

    yield Bench(build=build, stands=stands)


ADAPTERS: dict[str, Callable[[Path], AbstractContextManager[Bench]]] = {
    "files": files_bench,
    "hubspot": hubspot_bench,
}
