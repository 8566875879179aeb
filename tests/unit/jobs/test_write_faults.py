"""What becomes of a write that the CRM does not allow, and of one that goes wrong otherwise."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pytest

from connector.ports import Change, Crm, PermanentCrmError, WriteOutcome
from jobs.difference import Difference
from jobs.write_back import Written, write_changes
from kpis.vocabulary import ObjectType
from store.store import Store

FOUND = [
    Difference("companies", "1", "buying_phase", "interest", "quote"),
    Difference("deals", "9", "deal_phase", "", "order"),
    Difference("deals", "9", "deal_warnings", "no_amount", ""),
]
NO_SCOPE = PermanentCrmError("no scope", status=403, missing_scopes=("companies.write",))


@dataclass
class Refusing:
    """A CRM that fails for some object types and takes everything else."""

    errors: Mapping[ObjectType, Exception]

    def write(self, object_type: ObjectType, changes: Sequence[Change]) -> Iterator[WriteOutcome]:
        if object_type in self.errors:
            raise self.errors[object_type]
        for change in changes:
            values = {name: value for name, value in change.values.items() if value}
            yield WriteOutcome(change.external_id, "written", values=values)


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", account="acme")
    yield store
    store.close()


def write(crm: Refusing, store: Store) -> Written:
    return write_changes(
        cast("Crm", crm),
        store,
        FOUND,
        batch=100,
        side_by_side=1,
        stop=threading.Event(),
        progress=lambda _work, _done, _total: None,
    )


def test_write_leaves_out_the_object_whose_scope_is_missing_and_writes_the_rest(store):
    written = write(Refusing({"companies": NO_SCOPE}), store)

    assert written.left_out == {"write companies": "no scope"}
    assert (written.records, written.values) == (1, 2)
    assert store.read_standing("deals") == {"9": {"deal_phase": "order"}}


def test_write_ends_with_any_other_fault(store):
    fault = PermanentCrmError("gone wrong", status=404)

    with pytest.raises(PermanentCrmError, match="gone wrong"):
        write(Refusing({"companies": fault}), store)

    assert store.read_standing("deals") == {}


def test_write_remembers_what_was_written_before_a_fault(store):
    with pytest.raises(PermanentCrmError):
        write(Refusing({"deals": PermanentCrmError("gone wrong", status=404)}), store)

    assert store.read_standing("companies") == {"1": {"buying_phase": "quote"}}
