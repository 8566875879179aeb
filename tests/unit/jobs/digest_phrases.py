"""Labels and fixed sentences of a seller's task, as tests tell them."""

from jobs.seller_digest import FIGURES
from kpis.wording import Phrase
from mappings.texts import load_texts


def phrase(nl: str, en: str) -> Phrase:
    return Phrase(nl=nl, en=en)


PHRASES = {
    "subject": phrase("Toprelaties: jouw overzicht", "Top relations: your overview"),
    "intro": phrase("Alleen jouw eigen cijfers.", "Your own figures alone."),
    "figures": phrase("Cijfers", "Figures"),
    "actions": phrase("Nu aan zet", "To act on"),
    "no_actions": phrase("Niets aan zet.", "Nothing to act on."),
    "notice": phrase("Niet voor beoordeling of beloning.", "Not for employment or pay decisions."),
    "updated": phrase("Bijgewerkt op {date}.", "Updated on {date}."),
    "score_no_top_relations": phrase("geen Toprelaties", "no top relations"),
    "score_too_few_top_relations": phrase("te weinig Toprelaties", "too few top relations"),
    "score_not_measurable": phrase("niet te meten", "not measurable"),
}
SELLERS = {
    name: phrase(f"nl {name}", f"en {name}")
    for name in (*FIGURES, "seller_score", "score_explanation")
}
SHIPPED = load_texts()
TEXTS = SHIPPED.model_copy(
    update={
        "digest": PHRASES,
        "properties": SHIPPED.properties.model_copy(update={"sellers": SELLERS}),
    }
)
