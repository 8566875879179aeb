"""Take our properties out of the CRM again: the plan, an export of what stands, then archiving.

The order makes a kill at any moment harmless. Nothing is archived before the export is whole;
before the first property goes, set-up is forgotten, so that no run writes in between; and what is
left to do is read from the CRM, so that the next call goes on from there.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import structlog

from jobs.basis import COMPUTED_KEY, SELLER_TASK_KEY
from jobs.describe import describe, forget_description
from jobs.export import export_values
from jobs.pulled import Progress
from jobs.setup import SETUP_KEY, split_by_access, to_definition
from jobs.wiring import Wiring
from kpis.properties import GROUP_NAME, PROPERTIES
from kpis.vocabulary import ObjectType

log = structlog.get_logger()

WORK = "archive properties"
OBJECT_TYPES: tuple[ObjectType, ...] = get_args(ObjectType)


@dataclass(frozen=True, slots=True)
class Teardown:
    """What teardown would do.

    Attributes:
        archive: properties to archive, by their full names, per object type.
        kept: those that people fill and that stay.
        others: sentences on properties under our names that are somebody else's.
        left_out: object types whose properties this key may not read, with the reason.
        tasks: id of the task of ours in the CRM by seller; tasks stay.
        has_inputs: what people typed goes too.
    """

    archive: Mapping[ObjectType, tuple[str, ...]]
    kept: Mapping[ObjectType, tuple[str, ...]]
    others: tuple[str, ...]
    left_out: Mapping[ObjectType, str]
    tasks: Mapping[str, str]
    has_inputs: bool


@dataclass(slots=True)
class TeardownReport:
    """What teardown did.

    Attributes:
        exported: rows by file of the export.
        archived: properties archived by object type.
        refused: reason by property that the CRM would not archive, `companies.csk_...`.
        groups: object types of which our group is gone.
    """

    exported: Mapping[str, int] = field(default_factory=dict)
    archived: Counter[ObjectType] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    groups: list[ObjectType] = field(default_factory=list)


def plan_teardown(wiring: Wiring, *, has_inputs: bool) -> Teardown:
    """Find what stands of ours; changes nothing.

    Raises:
        ConfigError: the token opens another account than the one this store mirrors.
    """
    description, _ = describe(wiring, fresh=True)
    objects, left_out = split_by_access(OBJECT_TYPES, description)
    write_back = wiring.parameters.write_back
    inputs = {write_back.prefix + row.name for row in PROPERTIES if row.direction == "in"}
    definitions = {
        kind: [
            to_definition(row, wiring.texts, prefix=write_back.prefix, language=write_back.language)
            for row in PROPERTIES
            if row.object_type == kind
        ]
        for kind in objects
    }
    plan = wiring.crm.plan_archive(definitions)

    def part(is_taken: Callable[[str], bool]) -> dict[ObjectType, tuple[str, ...]]:
        found = {kind: tuple(filter(is_taken, names)) for kind, names in plan.archive.items()}
        return {kind: names for kind, names in found.items() if names}

    return Teardown(
        archive=part(lambda name: has_inputs or name not in inputs),
        kept=part(lambda name: not has_inputs and name in inputs),
        others=plan.others,
        left_out=left_out,
        tasks=_tasks(wiring),
        has_inputs=has_inputs,
    )


def _tasks(wiring: Wiring) -> dict[str, str]:
    """Tasks that we keep for sellers, by seller, as far as we know their ids."""
    kept = {
        owner.external_id: wiring.store.read_state(SELLER_TASK_KEY + owner.external_id)
        for owner in wiring.store.read_owners()
    }
    ids = {seller: json.loads(text).get("id") for seller, text in kept.items() if text}
    return {seller: str(task_id) for seller, task_id in ids.items() if task_id}


def run_teardown(
    wiring: Wiring, plan: Teardown, folder: Path, progress: Progress
) -> TeardownReport:
    """Export, then archive what the plan names, then forget what we knew of it.

    The caller holds the run lock.

    Args:
        wiring: the account.
        plan: what to archive.
        folder: where the export goes; it must not exist. Unused when nothing is to be archived.
        progress: told of records exported and properties archived.

    Raises:
        PermanentCrmError: the export is not complete, or the CRM cannot be asked; nothing was
            archived, or not all, and the next call goes on.
    """
    report = TeardownReport()
    if plan.archive:
        report.exported = export_values(
            wiring, plan.archive, folder, has_inputs=plan.has_inputs, progress=progress
        )
        log.info("teardown.exported", rows=sum(report.exported.values()))
    wiring.store.save_state(SETUP_KEY, None)
    total, done = sum(map(len, plan.archive.values())), 0
    for kind, names in plan.archive.items():
        for outcome in wiring.crm.archive_properties(kind, names):
            if outcome.status == "refused":
                report.refused[f"{kind}.{outcome.name}"] = outcome.reason or "no reason given"
            else:
                report.archived[kind] += 1
            done += 1
            progress(WORK, done, total)
    for kind in OBJECT_TYPES:
        if kind not in plan.left_out and wiring.crm.archive_group(kind, GROUP_NAME):
            report.groups.append(kind)
    _forget(wiring)
    log.info("teardown.done", archived=report.archived.total(), refused=len(report.refused))
    return report


def _forget(wiring: Wiring) -> None:
    """Forget what stood in the CRM; the mirror and our own history stay."""
    store = wiring.store
    store.clear_outbox()
    store.clear_cursors(OBJECT_TYPES)  # what stands of ours is read anew with the records
    store.save_state(COMPUTED_KEY, None)
    forget_description(store)
