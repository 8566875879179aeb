"""Records in batches of 100: what of a batch goes through, and what becomes of the rest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from connector.sandbox.kinds import ObjectKind
from connector.sandbox.objects import (
    archive,
    create,
    properties_of,
    shown_names,
    values_refused,
    warnings_of,
    write,
    written_json,
)
from connector.sandbox.portal import Portal
from connector.sandbox.record_body import record_json, record_writer
from connector.sandbox.rules import Checked, check_values
from connector.sandbox.wire import ApiError, Json, Reply, Request, batch_reply, part_error

MAX_INPUTS = 100
MAX_INPUTS_WITH_HISTORY = 50


def read_batch(portal: Portal, request: Request) -> Reply:
    """Read records by id; the missing ones are named together in one error, with a 207."""
    kind, body = request.kind(), request.json()
    inputs = request.inputs(MAX_INPUTS)
    histories = list(body.get("propertiesWithHistory") or ())
    if histories and len(inputs) > MAX_INPUTS_WITH_HISTORY:
        raise ApiError(
            400,
            "The maximum number of inputs supported in a batch request for property histories is "
            f"{MAX_INPUTS_WITH_HISTORY}",
        )
    names = shown_names(portal, kind, [*(body.get("properties") or ()), *histories])
    key = body.get("idProperty") or "hs_object_id"
    by_key = _by_key(portal, kind, key)
    is_archived = request.is_true("archived")
    text_of = record_writer(portal, kind, names)
    results: list[Json | str] = []
    missing = []
    for wanted in dict.fromkeys(str(one.get("id")) for one in inputs):
        record = portal.objects[kind.name].get(by_key.get(wanted, wanted))
        if record is None or (record.archived_ms is not None) != is_archived:
            missing.append(wanted)
        elif histories:
            results.append(record_json(portal, kind, record, names, histories=histories))
        else:
            results.append(text_of(record, record.values))
    return batch_reply(request, results, _not_found(kind, missing))


def update_batch(portal: Portal, request: Request) -> Reply:
    """Set values on many records.

    With a trace id of its own on every input the good ones are written and the bad ones told
    apart; without, one bad input refuses the whole batch. An id that was merged away is passed
    over without a word, and an unknown one never stops the others.
    """
    kind = request.kind()
    inputs = request.inputs(MAX_INPUTS)
    ids = [str(one.get("id")) for one in inputs]
    _refuse_duplicates(ids)
    known, errors = [], []
    for record_id, one in zip(ids, inputs, strict=True):
        record = portal.objects[kind.name].get(record_id)
        if record is not None and record.archived_ms is None:
            known.append(one)
        elif record_id not in portal.merged[kind.name]:
            errors.append(_unknown(kind, one))
    good, refused = _checked(portal, kind, known, request, is_traced=_is_traced(inputs))
    results = []
    for one, checked in good:
        record = portal.objects[kind.name][str(one["id"])]
        write(portal, kind, record.id, checked.values, request)
        results.append(written_json(portal, kind, record, checked.values) | _trace(one))
    warnings = warnings_of(checked for _, checked in good)
    return batch_reply(request, results, [*_grouped(errors), *refused], **warnings)


def create_batch(portal: Portal, request: Request) -> Reply:
    """Create many records; bad inputs as with an update."""
    kind = request.kind()
    # What is created has no id yet, whatever the input says.
    inputs = [{**one, "id": None} for one in request.inputs(MAX_INPUTS)]
    good, refused = _checked(portal, kind, inputs, request, is_traced=_is_traced(inputs))
    results = []
    for one, checked in good:
        record = create(portal, kind, checked.values, one.get("associations"), request)
        results.append(written_json(portal, kind, record, checked.values) | _trace(one))
    return batch_reply(request, results, refused, HTTPStatus.CREATED)


def archive_batch(portal: Portal, request: Request) -> Reply:
    """Archive many records; those that are not there are passed over."""
    for one in request.inputs(MAX_INPUTS):
        archive(portal, request.kind(), str(one.get("id")), request)
    return Reply(HTTPStatus.NO_CONTENT)


def _by_key(portal: Portal, kind: ObjectKind, key: str) -> dict[str, str]:
    if key == "hs_object_id":
        return {}
    records = portal.objects[kind.name].values()
    return {record.values[key]: record.id for record in records if key in record.values}


def _refuse_duplicates(ids: Sequence[str]) -> None:
    twice = [one for one, times in Counter(ids).items() if times > 1]
    if twice:
        raise ApiError(
            400,
            f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique",
            context={"ids": twice},
        )


def _is_traced(inputs: Sequence[Json]) -> bool:
    """Whether every input carries a trace id of its own."""
    traces = [one.get("objectWriteTraceId") for one in inputs]
    return None not in traces and len(set(traces)) == len(traces)


def _checked(
    portal: Portal, kind: ObjectKind, inputs: Sequence[Json], request: Request, *, is_traced: bool
) -> tuple[list[tuple[Json, Checked]], list[Json]]:
    """Inputs with values fit to be written, and the errors of those without.

    Raises:
        ApiError: an input is bad and not all carry a trace id.
    """
    checked = [
        (
            one,
            check_values(
                portal,
                kind.name,
                properties_of(one),
                standing=_standing(portal, kind, one),
                tolerates_dates=request.settings.tolerates_dates,
            ),
        )
        for one in inputs
    ]
    good = [(one, values) for one, values in checked if not values.refusals]
    bad = [(one, values) for one, values in checked if values.refusals]
    if bad and not is_traced:
        raise values_refused([error for _, values in bad for error in values.refusals])
    return good, [
        part_error(
            "VALIDATION_ERROR",
            "Property values were not valid",
            {"objectWriteTraceId": [str(one["objectWriteTraceId"])]},
            errors=list(values.refusals),
        )
        for one, values in bad
    ]


def _standing(portal: Portal, kind: ObjectKind, one: Json) -> Mapping[str, str]:
    """Values of the record that an input is about; none where it is a new one."""
    record = portal.objects[kind.name].get(str(one.get("id")))
    return record.values if record else {}


def _unknown(kind: ObjectKind, one: Json) -> Json:
    context = {"ids": [str(one.get("id"))]}
    if "objectWriteTraceId" in one:
        context["objectWriteTraceId"] = [str(one["objectWriteTraceId"])]
    return part_error("OBJECT_NOT_FOUND", f"Could not get some {kind.name} objects", context)


def _grouped(errors: Sequence[Json]) -> list[Json]:
    """One error for all unknown ids; those with a trace id keep an error of their own."""
    traced = [error for error in errors if "objectWriteTraceId" in error["context"]]
    loose = [error for error in errors if "objectWriteTraceId" not in error["context"]]
    if loose:
        ids = [one for error in loose for one in error["context"]["ids"]]
        return [*traced, loose[0] | {"context": {"ids": ids}}]
    return traced


def _not_found(kind: ObjectKind, ids: Sequence[str]) -> list[Json]:
    return _grouped([_unknown(kind, {"id": one}) for one in ids])


def _trace(one: Json) -> Json:
    trace = one.get("objectWriteTraceId")
    return {} if trace is None else {"objectWriteTraceId": trace}
