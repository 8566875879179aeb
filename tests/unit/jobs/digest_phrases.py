"""Labels and fixed sentences of a seller's digest, and small results, as tests tell them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from jobs.seller.text import Wording
from kpis.frames import RELATION_DAYS, SELLER_DAYS, OwnHistory
from kpis.wording import Phrase
from mappings.texts import load_texts


def phrase(nl: str, en: str) -> Phrase:
    return Phrase(nl=nl, en=en)


SHIPPED = load_texts()
PHRASES = {
    **SHIPPED.digest,
    "intro": phrase("Alleen jouw eigen cijfers.", "Your own figures alone."),
    "actions": phrase("Nu aan zet", "To act on"),
    "no_actions": phrase("Niets aan zet.", "Nothing to act on."),
    "notice": phrase("Niet voor beoordeling of beloning.", "Not for employment or pay decisions."),
    "updated": phrase("Stand van {date}.", "As of {date}."),
}
FIGURES = ("kpi1", "focus_share", "pg_coverage", "revenue_ytd", "pace", "seller_score")
SELLERS = {name: phrase(f"nl {name}", f"en {name}") for name in FIGURES}
TEXTS = SHIPPED.model_copy(
    update={
        "digest": PHRASES,
        "properties": SHIPPED.properties.model_copy(update={"sellers": SELLERS}),
    }
)
DUTCH = Wording(TEXTS, "nl", "EUR")
ENGLISH = Wording(TEXTS, "en", "EUR")


def sellers(*ids: str, **values: object) -> pl.DataFrame:
    """Rows of results of these sellers, all with the same figures."""
    figures: dict[str, object] = {
        "kpi1": 2,
        "top_relations_total": 4,
        "focus_share": Decimal("0.6650"),
        "phase_orienting_count": 0,
        "phase_quote_count": 3,
        "phase_unknown_count": 1,
        "stalled_count": 2,
        "pg_coverage": None,
        "revenue_ytd": Decimal("12345.60"),
        "pace": Decimal("1.2345"),
        "seller_score": 66,
        "seller_score_reason": None,
    }
    return pl.DataFrame([{"seller_id": one} | figures | values for one in ids])


def relation(relation_id: str, owner: str | None = "51", **values: object) -> dict[str, object]:
    """One top relation of results that needs something."""
    standing: dict[str, object] = {
        "relation_id": relation_id,
        "owner": owner,
        "name": f"Relation {relation_id}",
        "is_top_relation": True,
        "buying_phase": "interest",
        "pains_gains_complete": False,
        "relation_score": 50,
        "potential_index": Decimal("1.50"),
        "next_best_action": "reach_out",
        "next_best_action_text": f"Last contact 01-05-2026 ({relation_id})",
    }
    return standing | values


def relations(*rows: Mapping[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def day_of(relation_id: str, from_on: date, **values: object) -> dict[str, object]:
    """Snapshot of a relation that stood as `relation` does."""
    standing: dict[str, object] = {
        "relation_id": relation_id,
        "from_on": from_on,
        "is_top_relation": True,
        "buying_phase": "interest",
        "pains_gains_complete": False,
        "relation_score": 50,
    }
    return standing | values


def history(
    *days: Mapping[str, object], of_sellers: tuple[Mapping[str, object], ...] = ()
) -> OwnHistory:
    """Own history with these snapshots."""
    return OwnHistory(
        relation_days=pl.DataFrame([dict(one) for one in days], schema=RELATION_DAYS),
        seller_days=pl.DataFrame([dict(one) for one in of_sellers], schema=SELLER_DAYS),
    )
