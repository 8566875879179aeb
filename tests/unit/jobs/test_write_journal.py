"""What a run writes over is noted before it is sent, and as it stands afterwards."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from connector.ports import Change, Crm, PermanentCrmError, WriteOutcome
from jobs.difference import Difference
from jobs.exits import StoppedError
from jobs.write_back import Written, write_changes
from kpis.vocabulary import ObjectType
from store.journal import Entry
from store.store import Store
from tests.store_fixtures import PULLED

FOUND = [
    Difference("companies", "1", "buying_phase", "interest", "quote"),
    Difference("companies", "1", "relation_score", "", "55"),
    Difference("companies", "2", "relation_score", "40", ""),
    Difference("companies", "3", "relation_score", "40", "41"),
]
NOTED = [
    Entry("1", 1, {"buying_phase": ("interest", "quote"), "relation_score": ("", "55")}),
    Entry("2", 1, {"relation_score": ("40", "")}),
    Entry("3", 1, {"relation_score": ("40", "41")}),
]


@dataclass
class Normalising:
    """A CRM that makes other texts of some values, and tells when a batch arrives."""

    texts: Mapping[str, str] = field(default_factory=dict)
    arrives: Callable[[Sequence[str]], None] = lambda _ids: None

    def write(self, object_type: ObjectType, changes: Sequence[Change]) -> Iterator[WriteOutcome]:
        self.arrives([change.external_id for change in changes])
        for change in changes:
            values = {
                name: self.texts.get(text, text) for name, text in change.values.items() if text
            }
            yield WriteOutcome(change.external_id, "written", values=values)


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", account="acme")
    store.start_run("sync", started_at=PULLED)
    yield store
    store.close()


def write(store: Store, crm: Normalising, *, stop: threading.Event | None = None) -> Written:
    return write_changes(
        cast("Crm", crm),
        store,
        FOUND,
        batch=2,
        side_by_side=1,
        stop=stop or threading.Event(),
        progress=lambda _work, _done, _total: None,
    )


def noted(store: Store) -> list[Entry]:
    return store.read_journal("companies", from_run=1)


def test_every_batch_is_noted_before_it_arrives(store):
    seen: dict[tuple[str, ...], list[Entry]] = {}

    def look(ids: Sequence[str]) -> None:
        seen[tuple(ids)] = noted(store)

    write(store, Normalising(arrives=look))

    assert seen == {("1", "2"): NOTED[:2], ("3",): NOTED}


def test_batch_that_fails_is_noted_and_one_that_never_left_is_not(store):
    def fail(_ids: Sequence[str]) -> None:
        raise PermanentCrmError("gone wrong", status=404)

    with pytest.raises(PermanentCrmError):
        write(store, Normalising(arrives=fail))

    assert noted(store) == NOTED[:2]


def test_run_that_was_stopped_before_it_wrote_notes_nothing(store):
    stop = threading.Event()
    stop.set()

    with pytest.raises(StoppedError):
        write(store, Normalising(), stop=stop)

    assert noted(store) == []


def test_value_that_the_crm_made_another_one_of_is_noted_as_it_stands(store):
    write(store, Normalising({"quote": "offerte", "55": "55.0"}))

    [first, *rest] = noted(store)
    assert first.changes == {"buying_phase": ("interest", "offerte"), "relation_score": ("", "55")}
    assert rest == NOTED[1:]
