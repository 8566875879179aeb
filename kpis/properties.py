"""The properties that stand on the CRM's records, one row each (spec 7).

The table is the single source for set-up, write-back and reports; labels stand in the texts file. A test holds it against
the specification where that is at hand.
"""

from dataclasses import dataclass
from typing import Literal

from kpis.vocabulary import OPTION_SETS, ObjectType

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
        rule: section of the specification.
    """

    object_type: ObjectType
    name: str
    value_type: ValueType
    field_type: FieldType
    number_format: Format
    option_set: str | None
    direction: Direction
    rule: str

    @property
    def options(self) -> tuple[str, ...]:
        """Options in the order of the table; empty where the property has none."""
        return OPTION_SETS[self.option_set] if self.option_set else ()


# fmt: off
PROPERTIES: tuple[Property, ...] = (
    Property("companies", "annual_category_spend", "number", "number", "currency", None, "in", "2.1"),
    Property("companies", "spend_categories", "enumeration", "checkbox", "", "spend_category", "in", "2.3"),
    Property("companies", "purchase_frequency", "enumeration", "select", "", "frequency", "in", "2.3"),
    Property("companies", "annual_order_volume", "number", "number", "decimal", None, "in", "2.3"),
    Property("companies", "order_volume_unit", "enumeration", "select", "", "unit", "in", "2.1"),
    Property("companies", "current_suppliers", "string", "textarea", "", None, "in", "2.3"),
    Property("companies", "supplier_situation", "enumeration", "select", "", "supplier_situation", "in", "2.3"),
    Property("companies", "pains", "string", "textarea", "", None, "in", "4"),
    Property("companies", "gains", "string", "textarea", "", None, "in", "4"),
    Property("companies", "phase_declared", "enumeration", "select", "", "phase", "in", "3.2"),
    Property("companies", "phase_locked_until", "date", "date", "", None, "in", "3.2"),
    Property("companies", "top_relation_override", "enumeration", "select", "", "override", "in", "2.2"),
    Property("companies", "top_relation_override_reason", "string", "text", "", None, "in", "2.2"),
    Property("companies", "top_relation_override_until", "date", "date", "", None, "in", "2.2"),
    Property("companies", "profile_confirmed_on", "date", "date", "", None, "in", "2.3"),
    Property("companies", "is_top_relation", "bool", "booleancheckbox", "", "yes_no", "out", "2.2"),
    Property("companies", "top_relation_since", "date", "date", "", None, "out", "2.2"),
    Property("companies", "top_relation_basis", "enumeration", "select", "", "basis", "out", "2.2"),
    Property("companies", "top_relation_proven", "bool", "booleancheckbox", "", "yes_no", "out", "2.4"),
    Property("companies", "potential_revenue", "number", "number", "currency", None, "out", "2.1"),
    Property("companies", "potential_margin", "number", "number", "currency", None, "out", "2.1"),
    Property("companies", "potential_index", "number", "number", "decimal", None, "out", "2.2"),
    Property("companies", "potential_source", "enumeration", "select", "", "potential_source", "out", "2.1"),
    Property("companies", "potential_confidence", "enumeration", "select", "", "confidence", "out", "2.1"),
    Property("companies", "profile_completeness", "number", "number", "percentage", None, "out", "2.3"),
    Property("companies", "profile_facets_known", "number", "number", "integer", None, "out", "2.3"),
    Property("companies", "profile_missing", "enumeration", "checkbox", "", "facet", "out", "2.3"),
    Property("companies", "last_two_way_contact", "date", "date", "", None, "out", "2.5"),
    Property("companies", "last_two_way_contact_by", "string", "text", "", None, "out", "owners name"),
    Property("companies", "contact_moments_90d", "number", "number", "integer", None, "out", "2.5"),
    Property("companies", "contact_status", "enumeration", "select", "", "contact_status", "out", "3.3"),
    Property("companies", "buying_phase", "enumeration", "select", "", "phase_or_unknown", "out", "3.2"),
    Property("companies", "phase_since", "date", "date", "", None, "out", "3.3"),
    Property("companies", "phase_previous", "enumeration", "select", "", "phase_or_unknown", "out", "3.3"),
    Property("companies", "phase_source", "enumeration", "select", "", "phase_source", "out", "3.2"),
    Property("companies", "phase_direction", "enumeration", "select", "", "direction", "out", "3.3"),
    Property("companies", "phase_status", "enumeration", "select", "", "phase_status", "out", "3.3"),
    Property("companies", "days_in_phase", "number", "number", "integer", None, "out", "3.3"),
    Property("companies", "phase_conflict", "bool", "booleancheckbox", "", "yes_no", "out", "3.2"),
    Property("companies", "phase_history", "string", "textarea", "", None, "out", "3.3"),
    Property("companies", "recommended_approach", "string", "textarea", "", None, "out", "3.1"),
    Property("companies", "pains_count", "number", "number", "integer", None, "out", "4.2"),
    Property("companies", "gains_count", "number", "number", "integer", None, "out", "4.2"),
    Property("companies", "pains_gains_complete", "bool", "booleancheckbox", "", "yes_no", "out", "4.2"),
    Property("companies", "pains_gains_updated_on", "date", "date", "", None, "out", "4.2"),
    Property("companies", "revenue_ytd", "number", "number", "currency", None, "out", "5"),
    Property("companies", "revenue_ttm", "number", "number", "currency", None, "out", "5"),
    Property("companies", "revenue_prev_ttm", "number", "number", "currency", None, "out", "5"),
    Property("companies", "margin_ttm", "number", "number", "currency", None, "out", "5.1"),
    Property("companies", "share_of_potential", "number", "number", "percentage", None, "out", "5.3"),
    Property("companies", "last_won_on", "date", "date", "", None, "out", "5.1"),
    Property("companies", "relation_score", "number", "number", "integer", None, "out", "6.1"),
    Property("companies", "relation_score_band", "enumeration", "select", "", "band", "out", "6"),
    Property("companies", "relation_score_prev_month", "number", "number", "integer", None, "out", "6.1"),
    Property("companies", "score_explanation", "string", "textarea", "", None, "out", "6.4"),
    Property("companies", "score_basis", "enumeration", "checkbox", "", "relation_component", "out", "6.3"),
    Property("companies", "next_best_action", "enumeration", "select", "", "action", "out", "6.4"),
    Property("companies", "next_best_action_text", "string", "textarea", "", None, "out", "6.4"),
    Property("companies", "data_warnings", "enumeration", "checkbox", "", "company_warning", "out", "7"),
    Property("companies", "calculated_at", "datetime", "date", "", None, "out", "7"),
    Property("deals", "deal_phase", "enumeration", "select", "", "phase", "out", "3.2"),
    Property("deals", "deal_decides_phase", "bool", "booleancheckbox", "", "yes_no", "out", "3.2"),
    Property("deals", "deal_realised_amount", "number", "number", "currency", None, "out", "5.1"),
    Property("deals", "deal_top_relation_at_close", "bool", "booleancheckbox", "", "yes_no", "out", "5.3"),
    Property("deals", "deal_warnings", "enumeration", "checkbox", "", "deal_warning", "out", "7"),
    Property("contacts", "dmu_slot", "enumeration", "select", "", "slot", "out", "2.3"),
    Property("contacts", "is_right_contact", "bool", "booleancheckbox", "", "yes_no", "out", "2.3"),
    Property("contacts", "contact_last_two_way", "date", "date", "", None, "out", "2.5"),
)
# fmt: on
"""Every property of spec 7, in the order of its table."""


def properties_of(object_type: ObjectType, direction: Direction) -> tuple[Property, ...]:
    """Properties of one object and direction, in the order of the table."""
    return tuple(
        row for row in PROPERTIES if row.object_type == object_type and row.direction == direction
    )
