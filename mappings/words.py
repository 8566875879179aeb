"""Words by which a suggestion knows what a stage, a reason, a status or a property means.

Beginnings of words, Dutch and English, as regular expressions; what stands first wins.
"""

from typing import Final

from kpis.vocabulary import Phase

STAGE_WORDS: Final[tuple[tuple[Phase, tuple[str, ...]], ...]] = (
    (Phase.NO_INTEREST, ("geen interesse", "niet geïnteresseerd", "no interest", "not interested")),
    (
        Phase.QUOTE,
        (
            *("offert", "offerf", "prijsopgave", "voorstel", "onderhandel", "aanbested", "beslis"),
            *("besluit", "contract", "quot", "proposal", "negotiat", "tender", "decision", "bid"),
        ),
    ),
    (
        Phase.INTEREST,
        (
            *("interes", "behoefte", "eisen", "demo", "presentatie", "kwalific", "gekwalific"),
            *("proef", "qualif", "requirement", "evaluat", "presentation", "trial", "pilot"),
        ),
    ),
    (
        Phase.ORIENTING,
        (
            *("oriënt", "kennismak", "afspraak", "gesprek", "intake", "inventaris", "verken"),
            *("nieuw", "benaderd", "orient", "appointment", "meeting", "discover", "research"),
            *("contacted", "new"),
        ),
    ),
)
"""What the label of a stage says."""

LOST_WORDS: Final[tuple[tuple[Phase, tuple[str, ...]], ...]] = (
    (
        Phase.ORIENTING,
        (
            *("geen besluit", "geen beslissing", "niet besloten", "geen actie", "uitgestel"),
            *("uitstel", "later", "timing", "budget", "geen geld", "bevroren", "on hold"),
            *("no decision", "postpon", "delay", "status quo", "funding"),
        ),
    ),
    (
        Phase.NO_INTEREST,
        (
            *("geen interesse", "niet geïnteresseerd", "geen behoefte", "concurren", "prijs"),
            *("te duur", "levertijd", "kwaliteit", "functionaliteit", "no interest"),
            *("not interested", "no need", "competit", "price", "pricing", "delivery", "feature"),
            *("quality", "bad fit", "no fit"),
        ),
    ),
)
"""What a reason of loss says: whoever put it off is still looking, whoever chose another is not."""

STATUS_WORDS: Final[tuple[tuple[Phase, tuple[str, ...]], ...]] = (
    (
        Phase.NO_INTEREST,
        (
            *("geen interesse", "niet geïnteresseerd", "niet gekwalific", "ongekwalific"),
            *("gediskwalific", "afgevallen", "ongeschikt", "no interest", "not interested"),
            *("unqualif", "disqualif", "bad fit", "bad timing"),
        ),
    ),
    (
        Phase.ORIENTING,
        ("in gesprek", "contact gelegd", "in behandeling", "connected", "in progress", "nurtur"),
    ),
)
"""What a lead status says."""

SILENT_STATUSES: Final = frozenset({"NEW", "OPEN", "OPEN_DEAL", "ATTEMPTED_TO_CONTACT"})
"""HubSpot's own statuses that tell no phase: nothing has happened, or a deal tells it."""

CONNECTED_WORDS: Final = ("connected", "verbonden", "gesproken", "bereikt", "spoke", "reached")
"""What an outcome of a call says in which somebody answered."""

NOT_CONNECTED_WORDS: Final = ("niet", "geen", "not", "no", "disconnected", "left", "wrong")
"""What takes that back."""
