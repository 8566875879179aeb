"""Digests of sellers as their tasks would tell them now; nothing is kept and no CRM is asked."""

from dataclasses import dataclass
from datetime import datetime

from jobs.basis import local_date
from jobs.compute import compute_results
from jobs.seller.digest import recipients, seller_digests
from jobs.seller.task import read_past_of, wording_of
from jobs.seller.text import parts_of, plain_of
from jobs.seller.week import week_of
from jobs.wiring import Wiring


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One seller's digest in plain words.

    Attributes:
        seller: name of the seller, else the id.
        week: ISO week that it tells of (`2026-W48`).
        changes_since: day that the changes are measured against; None: nobody knows what stood.
        changes: lines of what changed, `actions` of what to do, `figures` of where things stand.
        text: all of it, as a person reads it.
    """

    seller_id: str
    seller: str
    week: str
    changes_since: str | None
    changes: list[str]
    actions: list[str]
    figures: list[str]
    text: str


def preview_digests(wiring: Wiring, *, as_of: datetime, seller_id: str | None) -> list[Preview]:
    """Digest of each seller who would be told, or of the one who is named.

    Sellers who own no top relation or have left get none. Whether figures of single sellers may be
    shown (`seller_metrics.mode`) is for the caller to ask.
    """
    results, _ = compute_results(wiring, as_of=as_of)
    today, wording = local_date(as_of, wiring.parameters), wording_of(wiring)
    owners = {one.external_id: one for one in wiring.store.read_owners()}
    gone = {one.external_id for one in owners.values() if one.is_archived}
    told = [
        one
        for one in recipients(results.sellers, results.relations)
        if one not in gone and seller_id in (None, one)
    ]
    past = read_past_of(wiring, today)
    previews = []
    for digest in seller_digests(results.sellers, results.relations, past, told):
        parts = {part.name: part for part in parts_of(digest, wording)}
        lines = {
            name: [line.plain for line in parts[name].lines] if name in parts else []
            for name in ("changes", "actions", "figures")
        }
        owner = owners.get(digest.seller_id)
        previews.append(
            Preview(
                seller_id=digest.seller_id,
                seller=owner.name if owner else digest.seller_id,
                week=week_of(today),
                changes_since=digest.since.isoformat() if digest.since else None,
                text=plain_of(digest, wording, today=today),
                **lines,
            )
        )
    return previews
