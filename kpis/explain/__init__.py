"""Why a relation has the values it has: one tree, from the results of one computation (spec 0, 9).

Nothing is computed beside the results: what a tree shows of a property is the text that is written
to the CRM. It holds what people typed, so it goes to an operator's terminal and never to a log.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from kpis.compute import Results
from kpis.explain.contact import contact
from kpis.explain.label import labelled
from kpis.explain.node import Case, Node
from kpis.explain.pains_gains import pains_gains
from kpis.explain.phase import phase
from kpis.explain.potential import potential, top_relation
from kpis.explain.profile import profile
from kpis.explain.revenue import revenue
from kpis.explain.score import action, score
from kpis.frames import Mirror
from kpis.parameters import Parameters
from kpis.wording import Texts

__all__ = ["Node", "explain", "labelled"]


def explain(
    results: Results,
    mirror: Mirror,
    parameters: Parameters,
    texts: Texts,
    relation_id: str,
    *,
    as_of: datetime,
) -> Node:
    """Explain every value of one relation.

    Args:
        results: what `compute` made of the mirror.
        mirror: the same mirror; read for inputs and their ages only.
        parameters: the same parameters.
        texts: labels and sentences.
        relation_id: a relation of the universe.
        as_of: the same moment.

    Raises:
        LookupError: the id is none of the results.
    """
    if relation_id not in results.relations["relation_id"]:
        raise LookupError(f"explain: {relation_id} is no relation of the results")
    case = Case(results, mirror, parameters, texts, relation_id, as_of=as_of)
    return Node(
        "relation",
        relation_id,
        "0",
        "",
        (
            Node("name", case.row["name"] or ""),
            _seller(case),
            Node("as_of", case.today.isoformat(), "0"),
            Node(
                "kpi1",
                "",
                "2",
                "",
                (potential(case), top_relation(case), profile(case), contact(case)),
            ),
            phase(case),
            pains_gains(case),
            revenue(case),
            score(case),
            action(case),
            case.written("data_warnings"),
        ),
    )


def _seller(case: Case) -> Node:
    """The owner, by name where the CRM knows it, with the handover and what is odd about it."""
    owner = str(case.row["owner"])
    names = dict(case.mirror.owners.select("seller_id", "name").iter_rows())
    odd = [one for one in case.row["data_warnings"] if one.startswith("owner_")]
    since = case.company["owner_assigned_at"]
    zone = ZoneInfo(case.parameters.reporting.timezone)
    note = case.listed(
        case.phrase("owner_id", seller=owner) if owner in names else "",
        case.phrase("assigned", date=since.astimezone(zone).date()) if since else "",
        ", ".join(case.label("company_warning", one) for one in odd),
    )
    return Node("seller", names.get(owner, owner), "0", note)
