"""Write values in batches and tell record by record what became of them (reference: records API).

With a trace id on every input HubSpot writes the good records and names the bad ones (207); it
still refuses a whole batch for faults of its own kind, and answers 200 while leaving out a record
that was merged away. So each input is accounted for, and a refused batch is halved until the bad
record stands alone.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Literal

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.calls import Calls, chunks, write_scope
from connector.hubspot.dialect import reason_of
from connector.hubspot.payload import (
    errors_of,
    is_not_found,
    named_ids,
    object_in,
    results_of,
    text_in,
)
from connector.ports import Change, PermanentCrmError, WriteOutcome
from connector.values import to_instant_or_none
from kpis.vocabulary import ObjectType

BAD_REQUEST = 400
_CORRELATION = re.compile(r" \(correlation id [^)]*\)")


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to one object type; `prefix` is put before every name."""

    calls: Calls
    object_type: ObjectType
    prefix: str

    def write(self, changes: Sequence[Change]) -> Iterator[WriteOutcome]:
        """Yield one outcome per change; several changes to one record are one write.

        HubSpot refuses a whole batch in which an id stands twice.
        """
        values: dict[str, dict[str, str]] = {}
        for change in changes:
            values.setdefault(change.external_id, {}).update(change.values)
        times = Counter(change.external_id for change in changes)
        for ids in chunks(list(values), api.WRITE_BATCH):
            batch = {external_id: values[external_id] for external_id in ids}
            for outcome in self._write_batch(batch):
                yield from repeat(outcome, times[outcome.external_id])

    def _write_batch(self, values: Mapping[str, Mapping[str, str]]) -> Iterator[WriteOutcome]:
        """Write a batch; halve it while the CRM refuses it as a whole."""
        try:
            payload = self._send(values)
        except PermanentCrmError as error:
            if error.status != BAD_REQUEST:
                raise
            yield from self._halve(values, error)
            return
        yield from self._outcomes(values, payload)

    def _halve(
        self, values: Mapping[str, Mapping[str, str]], error: PermanentCrmError
    ) -> Iterator[WriteOutcome]:
        ids = list(values)
        if len(ids) == 1:
            yield WriteOutcome(ids[0], "refused", reason=_CORRELATION.sub("", str(error)))
            return
        middle = len(ids) // 2
        for half in (ids[:middle], ids[middle:]):
            yield from self._write_batch({external_id: values[external_id] for external_id in half})

    def _send(self, values: Mapping[str, Mapping[str, str]]) -> Payload:
        inputs = [
            {
                "id": external_id,
                "objectWriteTraceId": external_id,
                "properties": {self.prefix + name: value for name, value in sent.items()},
            }
            for external_id, sent in values.items()
        ]
        return self.calls.post(
            api.batch(self.object_type, "update"),
            {"inputs": inputs},
            kind="write",
            scope=write_scope(self.object_type),
        )

    def _outcomes(
        self, values: Mapping[str, Mapping[str, str]], payload: Payload
    ) -> Iterator[WriteOutcome]:
        """Yield the outcome of every input: written, refused by name, or looked up by itself."""
        refused = _refusals(payload)
        answered = {str(result.get("id")): result for result in results_of(payload)}
        for external_id, sent in values.items():
            if external_id in answered:
                yield self._written(external_id, sent, answered[external_id])
            elif external_id in refused:
                yield refused[external_id]
            else:
                yield self._left_out(external_id, sent)

    def _written(self, external_id: str, sent: Mapping[str, str], result: Payload) -> WriteOutcome:
        standing = object_in(result, "properties")
        # what the answer does not speak of was accepted as it was sent
        named = {name: standing.get(self.prefix + name, value) for name, value in sent.items()}
        values = {name: str(value) for name, value in named.items() if value not in (None, "")}
        return WriteOutcome(
            external_id,
            "written",
            values=values,
            modified_at=to_instant_or_none(text_in(result, "updatedAt")),
        )

    def _left_out(self, external_id: str, sent: Mapping[str, str]) -> WriteOutcome:
        """Tell what became of a record that an answer kept silent about: most often a merge."""
        names = [self.prefix + name for name in sent]
        found = self.calls.find(self.object_type, external_id, names)
        if found is None:
            return WriteOutcome(external_id, "gone", reason="merged into another record or deleted")
        return WriteOutcome(external_id, "refused", reason="left out of the CRM's answer")


def _refusals(payload: Payload) -> dict[str, WriteOutcome]:
    """Outcomes that the errors of a 207 tell, by record: our trace id is the record's own id."""
    outcomes: dict[str, WriteOutcome] = {}
    for error in errors_of(payload):
        reason = reason_of(error) or "refused without a reason"
        for external_id in {*named_ids(error, "objectWriteTraceId"), *named_ids(error)}:
            status: Literal["gone", "refused"] = "gone" if is_not_found(error) else "refused"
            outcomes[external_id] = WriteOutcome(external_id, status, reason=reason)
    return outcomes
