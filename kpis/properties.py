"""The properties that stand on the CRM's records, one row each (spec 7).

The table is the single source for set-up, write-back, labels and reports. A test holds it against
the specification where that is at hand.
"""

from dataclasses import dataclass
from typing import Literal

from kpis.vocabulary import OPTION_SETS, Language, ObjectType, Option

GROUP_NAME = "consultative_selling"
GROUP_LABEL = "Consultative selling"

ValueType = Literal["number", "string", "enumeration", "bool", "date", "datetime"]
FieldType = Literal["number", "text", "textarea", "select", "checkbox", "booleancheckbox", "date"]
Format = Literal["currency", "percentage", "decimal", "integer", ""]
Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Property:
    """One custom property.

    Attributes:
        object_type: the object that carries it.
        name: name without the account's prefix.
        value_type: what the value is; comparison goes by this, never by `field_type`.
        field_type: how the CRM lets people edit it.
        number_format: decimals and display of a number, empty for other types.
        option_set: name in `OPTION_SETS`, None where there are no options.
        direction: `in` is filled by people and never written by us; `out` is ours.
        nl: label in Dutch.
        en: label in English.
        rule: section of the specification.
    """

    object_type: ObjectType
    name: str
    value_type: ValueType
    field_type: FieldType
    number_format: Format
    option_set: str | None
    direction: Direction
    nl: str
    en: str
    rule: str

    def label(self, language: Language) -> str:
        """Label in the given language."""
        return self.nl if language == "nl" else self.en

    @property
    def options(self) -> tuple[Option, ...]:
        """Options in the order of the table; empty where the property has none."""
        return OPTION_SETS[self.option_set] if self.option_set else ()


# fmt: off
PROPERTIES: tuple[Property, ...] = (
    Property("companies", "annual_category_spend", "number", "number", "currency", None, "in", "Jaarlijkse besteding in onze categorie", "Annual category spend", "2.1"),
    Property("companies", "spend_categories", "enumeration", "checkbox", "", "spend_category", "in", "Bestedingscategorieën", "Spend categories", "2.3"),
    Property("companies", "purchase_frequency", "enumeration", "select", "", "frequency", "in", "Inkoopfrequentie", "Purchase frequency", "2.3"),
    Property("companies", "annual_order_volume", "number", "number", "decimal", None, "in", "Bestelvolume per jaar", "Annual order volume", "2.3"),
    Property("companies", "order_volume_unit", "enumeration", "select", "", "unit", "in", "Eenheid bestelvolume", "Order volume unit", "2.1"),
    Property("companies", "current_suppliers", "string", "textarea", "", None, "in", "Huidige leveranciers", "Current suppliers", "2.3"),
    Property("companies", "supplier_situation", "enumeration", "select", "", "supplier_situation", "in", "Leverancierssituatie", "Supplier situation", "2.3"),
    Property("companies", "pains", "string", "textarea", "", None, "in", "Pains (één per regel)", "Pains (one per line)", "4"),
    Property("companies", "gains", "string", "textarea", "", None, "in", "Gains (één per regel)", "Gains (one per line)", "4"),
    Property("companies", "phase_declared", "enumeration", "select", "", "phase", "in", "Fase volgens verkoper", "Declared phase", "3.2"),
    Property("companies", "phase_locked_until", "date", "date", "", None, "in", "Fase vast tot en met", "Phase locked until", "3.2"),
    Property("companies", "top_relation_override", "enumeration", "select", "", "override", "in", "Toprelatie handmatig", "Top relation override", "2.2"),
    Property("companies", "top_relation_override_reason", "string", "text", "", None, "in", "Reden Toprelatie handmatig", "Top relation override reason", "2.2"),
    Property("companies", "top_relation_override_until", "date", "date", "", None, "in", "Toprelatie handmatig tot en met", "Top relation override until", "2.2"),
    Property("companies", "profile_confirmed_on", "date", "date", "", None, "in", "Profiel bevestigd op", "Profile confirmed on", "2.3"),
    Property("companies", "is_top_relation", "bool", "booleancheckbox", "", "yes_no", "out", "Toprelatie", "Top relation", "2.2"),
    Property("companies", "top_relation_since", "date", "date", "", None, "out", "Toprelatie sinds", "Top relation since", "2.2"),
    Property("companies", "top_relation_basis", "enumeration", "select", "", "basis", "out", "Grond Toprelatie", "Top relation basis", "2.2"),
    Property("companies", "top_relation_proven", "bool", "booleancheckbox", "", "yes_no", "out", "Aantoonbare Toprelatie", "Demonstrable top relation", "2.4"),
    Property("companies", "potential_revenue", "number", "number", "currency", None, "out", "Potentiële omzet per jaar", "Potential revenue per year", "2.1"),
    Property("companies", "potential_margin", "number", "number", "currency", None, "out", "Potentiële marge per jaar", "Potential margin per year", "2.1"),
    Property("companies", "potential_index", "number", "number", "decimal", None, "out", "Potentieel-index (1 = gemiddeld)", "Potential index (1 = average)", "2.2"),
    Property("companies", "potential_source", "enumeration", "select", "", "potential_source", "out", "Bron potentieel", "Potential source", "2.1"),
    Property("companies", "potential_confidence", "enumeration", "select", "", "confidence", "out", "Zekerheid potentieel", "Potential confidence", "2.1"),
    Property("companies", "profile_completeness", "number", "number", "percentage", None, "out", "Profielvolledigheid", "Profile completeness", "2.3"),
    Property("companies", "profile_facets_known", "number", "number", "integer", None, "out", "Bekende onderdelen (0–4)", "Profile facets known (0–4)", "2.3"),
    Property("companies", "profile_missing", "enumeration", "checkbox", "", "facet", "out", "Ontbreekt of verouderd in profiel", "Missing or outdated in profile", "2.3"),
    Property("companies", "last_two_way_contact", "date", "date", "", None, "out", "Laatste tweezijdig contact", "Last two-way contact", "2.5"),
    Property("companies", "last_two_way_contact_by", "string", "text", "", None, "out", "Laatste tweezijdig contact door", "Last two-way contact by", "owners name"),
    Property("companies", "contact_moments_90d", "number", "number", "integer", None, "out", "Contactmomenten 90 dagen", "Contact moments 90 days", "2.5"),
    Property("companies", "contact_status", "enumeration", "select", "", "contact_status", "out", "Contactstatus", "Contact status", "3.3"),
    Property("companies", "buying_phase", "enumeration", "select", "", "phase_or_unknown", "out", "Fase koopproces", "Buying phase", "3.2"),
    Property("companies", "phase_since", "date", "date", "", None, "out", "Fase sinds", "Phase since", "3.3"),
    Property("companies", "phase_previous", "enumeration", "select", "", "phase_or_unknown", "out", "Vorige fase", "Previous phase", "3.3"),
    Property("companies", "phase_source", "enumeration", "select", "", "phase_source", "out", "Bron fase", "Phase source", "3.2"),
    Property("companies", "phase_direction", "enumeration", "select", "", "direction", "out", "Richting", "Phase direction", "3.3"),
    Property("companies", "phase_status", "enumeration", "select", "", "phase_status", "out", "Voortgang fase", "Phase status", "3.3"),
    Property("companies", "days_in_phase", "number", "number", "integer", None, "out", "Dagen in fase", "Days in phase", "3.3"),
    Property("companies", "phase_conflict", "bool", "booleancheckbox", "", "yes_no", "out", "Fase wijkt af van deal", "Phase conflicts with deal", "3.2"),
    Property("companies", "phase_history", "string", "textarea", "", None, "out", "Faseverloop (laatste 10)", "Phase history (last 10)", "3.3"),
    Property("companies", "recommended_approach", "string", "textarea", "", None, "out", "Aanbevolen aanpak", "Recommended approach", "3.1"),
    Property("companies", "pains_count", "number", "number", "integer", None, "out", "Aantal pains", "Number of pains", "4.2"),
    Property("companies", "gains_count", "number", "number", "integer", None, "out", "Aantal gains", "Number of gains", "4.2"),
    Property("companies", "pains_gains_complete", "bool", "booleancheckbox", "", "yes_no", "out", "Pains & gains compleet", "Pains & gains complete", "4.2"),
    Property("companies", "pains_gains_updated_on", "date", "date", "", None, "out", "Pains & gains bijgewerkt op", "Pains & gains updated on", "4.2"),
    Property("companies", "revenue_ytd", "number", "number", "currency", None, "out", "Omzet dit jaar", "Revenue this year", "5"),
    Property("companies", "revenue_ttm", "number", "number", "currency", None, "out", "Omzet laatste 12 maanden", "Revenue last 12 months", "5"),
    Property("companies", "revenue_prev_ttm", "number", "number", "currency", None, "out", "Omzet 12 maanden daarvoor", "Revenue previous 12 months", "5"),
    Property("companies", "margin_ttm", "number", "number", "currency", None, "out", "Marge laatste 12 maanden", "Margin last 12 months", "5.1"),
    Property("companies", "share_of_potential", "number", "number", "percentage", None, "out", "Klantaandeel", "Share of potential", "5.3"),
    Property("companies", "last_won_on", "date", "date", "", None, "out", "Laatste order", "Last won", "5.1"),
    Property("companies", "relation_score", "number", "number", "integer", None, "out", "Relatiescore", "Relation score", "6.1"),
    Property("companies", "relation_score_band", "enumeration", "select", "", "band", "out", "Relatiescore klasse", "Relation score band", "6"),
    Property("companies", "relation_score_prev_month", "number", "number", "integer", None, "out", "Relatiescore vorige maand", "Relation score last month", "6.1"),
    Property("companies", "score_explanation", "string", "textarea", "", None, "out", "Toelichting score", "Score explanation", "6.4"),
    Property("companies", "score_basis", "enumeration", "checkbox", "", "relation_component", "out", "Niet meegeteld in score", "Left out of score", "6.3"),
    Property("companies", "next_best_action", "enumeration", "select", "", "action", "out", "Volgende beste actie", "Next best action", "6.4"),
    Property("companies", "next_best_action_text", "string", "textarea", "", None, "out", "Toelichting volgende beste actie", "Next best action explained", "6.4"),
    Property("companies", "data_warnings", "enumeration", "checkbox", "", "company_warning", "out", "Datawaarschuwingen", "Data warnings", "7"),
    Property("companies", "calculated_at", "datetime", "date", "", None, "out", "Berekend op", "Calculated at", "7"),
    Property("deals", "deal_phase", "enumeration", "select", "", "phase", "out", "Koopfase deal", "Deal phase", "3.2"),
    Property("deals", "deal_decides_phase", "bool", "booleancheckbox", "", "yes_no", "out", "Bepaalt fase relatie", "Decides relation phase", "3.2"),
    Property("deals", "deal_realised_amount", "number", "number", "currency", None, "out", "Gerealiseerd bedrag (rapportagevaluta)", "Realised amount (reporting currency)", "5.1"),
    Property("deals", "deal_top_relation_at_close", "bool", "booleancheckbox", "", "yes_no", "out", "Toprelatie bij sluiten", "Top relation at close", "5.3"),
    Property("deals", "deal_warnings", "enumeration", "checkbox", "", "deal_warning", "out", "Waarschuwingen deal", "Deal warnings", "7"),
    Property("contacts", "dmu_slot", "enumeration", "select", "", "slot", "out", "DMU-rol", "DMU slot", "2.3"),
    Property("contacts", "is_right_contact", "bool", "booleancheckbox", "", "yes_no", "out", "Juiste contactpersoon", "Right contact", "2.3"),
    Property("contacts", "contact_last_two_way", "date", "date", "", None, "out", "Laatste tweezijdig contact", "Last two-way contact", "2.5"),
)
# fmt: on
"""Every property of spec 7, in the order of its table."""


def properties_of(object_type: ObjectType, direction: Direction) -> tuple[Property, ...]:
    """Properties of one object and direction, in the order of the table."""
    return tuple(
        row for row in PROPERTIES if row.object_type == object_type and row.direction == direction
    )
