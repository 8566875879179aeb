"""What an admin clicks once, so that people see our properties where they work (reference: 13).

No call of the API places a property on a card, in a column or in a view. The labels are those that
stand in the CRM, so that they can be found by what the admin reads there.
"""

import textwrap
from collections.abc import Sequence
from typing import Final

from kpis.properties import GROUP_LABEL
from kpis.vocabulary import Language, ObjectType
from kpis.wording import Texts

CARD: Final = (
    "buying_phase",
    "phase_since",
    "phase_status",
    "is_top_relation",
    "next_best_action",
    "next_best_action_text",
    "recommended_approach",
    "relation_score",
    "score_explanation",
    "profile_missing",
)
"""What a salesperson reads first, in the order of the card."""

INPUT_CARD: Final = ("phase_declared", "pains", "gains", "current_suppliers", "spend_categories")
"""What a salesperson fills, as far as it is an input of ours."""

COLUMNS: Final = (
    "is_top_relation",
    "buying_phase",
    "phase_since",
    "phase_status",
    "relation_score",
    "next_best_action",
)

_WIDTH: Final = 92


def admin_steps(texts: Texts, language: Language, inputs: Sequence[str]) -> str:
    """The steps in English, with every property and option by its label in `language`.

    Args:
        texts: the texts of the account.
        language: language of the labels in the CRM.
        inputs: names without prefix of the inputs that are properties of ours.
    """

    def named(*names: str, of: ObjectType = "companies") -> str:
        labels = getattr(texts.properties, of)
        return ", ".join(labels[name].text(language) for name in names)

    top, yes = named("is_top_relation"), texts.label("yes_no", "true", language)
    status, stalled = named("phase_status"), texts.label("phase_status", "stalled", language)
    phase, since = named("buying_phase"), named("phase_since")
    filled = [name for name in INPUT_CARD if name in inputs]
    fill = f"2. What people fill: a second property list below it: {named(*filled)}. Save."
    steps = [
        (
            "What an admin does once, so that salespeople see it (a super admin, or the permission "
            "to customize record page layouts; pictures in docs/card.md):"
        ),
        (
            "1. On the record: Settings (the gear) > Objects > Companies > Record Customization > "
            "Default view. In the left sidebar or the middle column: Add cards > Create card > "
            f'Property list. Name it "{GROUP_LABEL}", search the group "{GROUP_LABEL}", and '
            f"choose in this order: {named(*CARD)}. Save."
        ),
        *([fill] if filled else []),
        (
            "3. On columns: CRM > Companies > Edit columns. Find each by its name, drag them into "
            f"this order, Apply: {named(*COLUMNS)}."
        ),
        (
            f'4. Saved views: on the same page Advanced filters > "{top}" is any of "{yes}"; sort '
            f'by "{since}", oldest first; Save as new view, shared with everyone. Useful ones: one '
            f'for each "{phase}"; "{status}" is any of "{stalled}".'
        ),
        (
            "5. Deals and contacts in the same way: "
            f"{named('deal_phase', 'deal_realised_amount', of='deals')} on deals; "
            f"{named('dmu_slot', 'is_right_contact', of='contacts')} on contacts."
        ),
    ]
    return "\n".join(_wrapped(number, step) for number, step in enumerate(steps))


def _wrapped(number: int, step: str) -> str:
    indent = "     " if number else "  "
    return textwrap.fill(
        step, _WIDTH, initial_indent="  " if number else "", subsequent_indent=indent
    )
