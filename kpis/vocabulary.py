"""The words of the method: option sets with their Dutch and English labels (spec 1 and 7).

Values are identifiers and never change; labels are what people read.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Language = Literal["nl", "en"]
"""Languages in which labels and texts exist."""

ObjectType = Literal["companies", "contacts", "deals"]
"""CRM objects that carry properties of ours, as the CRM and the store name them."""

ActivityType = Literal[
    "calls", "meetings", "emails", "communications", "tasks", "notes", "postal_mail"
]
"""Kinds of activity that a CRM records."""


class Phase(StrEnum):
    """Phase of the buying process, in rank order; `unknown` stands outside the ranks (spec 1)."""

    UNKNOWN = "unknown"
    NO_INTEREST = "no_interest"
    ORIENTING = "orienting"
    INTEREST = "interest"
    QUOTE = "quote"
    ORDER = "order"


PHASES: tuple[Phase, ...] = tuple(phase for phase in Phase if phase is not Phase.UNKNOWN)
"""The five phases by rank, lowest first."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an enumeration with its label in both languages."""

    value: str
    nl: str
    en: str

    def label(self, language: Language) -> str:
        """Label in the given language."""
        return self.nl if language == "nl" else self.en


OPTION_SETS: dict[str, tuple[Option, ...]] = {
    "yes_no": (
        Option("true", "Ja", "Yes"),
        Option("false", "Nee", "No"),
    ),
    "spend_category": (
        Option("products", "Producten", "Products"),
        Option("services", "Diensten", "Services"),
        Option("maintenance", "Onderhoud", "Maintenance"),
        Option("other", "Overig", "Other"),
    ),
    "frequency": (
        Option("weekly", "Wekelijks", "Weekly"),
        Option("monthly", "Maandelijks", "Monthly"),
        Option("quarterly", "Per kwartaal", "Quarterly"),
        Option("yearly", "Jaarlijks", "Yearly"),
        Option("irregular", "Onregelmatig", "Irregular"),
    ),
    "unit": (
        Option("piece", "Stuk", "Piece"),
        Option("order", "Order", "Order"),
        Option("hour", "Uur", "Hour"),
        Option("kg", "Kilogram", "Kilogram"),
        Option("tonne", "Ton", "Tonne"),
        Option("litre", "Liter", "Litre"),
        Option("metre", "Meter", "Metre"),
        Option("licence", "Licentie", "Licence"),
    ),
    "supplier_situation": (
        Option("known", "Bekend", "Known"),
        Option("none", "Geen leverancier", "No supplier"),
        Option("in_house", "In eigen beheer", "In-house"),
    ),
    "override": (
        Option("auto", "Automatisch", "Automatic"),
        Option("always", "Altijd", "Always"),
        Option("never", "Nooit", "Never"),
    ),
    "phase": (
        Option("no_interest", "Geen interesse", "No interest"),
        Option("orienting", "Oriënteren", "Orienting"),
        Option("interest", "Interesse", "Interest"),
        Option("quote", "Offertefase", "Quote phase"),
        Option("order", "Orderfase", "Order phase"),
    ),
    "phase_or_unknown": (
        Option("no_interest", "Geen interesse", "No interest"),
        Option("orienting", "Oriënteren", "Orienting"),
        Option("interest", "Interesse", "Interest"),
        Option("quote", "Offertefase", "Quote phase"),
        Option("order", "Orderfase", "Order phase"),
        Option("unknown", "Onbekend", "Unknown"),
    ),
    "basis": (
        Option("rule", "Regel", "Rule"),
        Option("buffer", "Buffer", "Buffer"),
        Option("manual", "Handmatig", "Manual"),
        Option("crm_flag", "CRM-vlag", "CRM flag"),
        Option("none", "Geen", "None"),
    ),
    "potential_source": (
        Option("declared", "Opgegeven", "Declared"),
        Option("volume_price", "Volume × prijs", "Volume × price"),
        Option("firmographic", "Bedrijfsgegevens", "Firmographic"),
        Option("pipeline", "Open deals", "Open deals"),
        Option("tier", "Klasse", "Tier"),
        Option("realised", "Gerealiseerd", "Realised"),
        Option("unknown", "Onbekend", "Unknown"),
    ),
    "confidence": (
        Option("high", "Hoog", "High"),
        Option("medium", "Midden", "Medium"),
        Option("low", "Laag", "Low"),
    ),
    "facet": (
        Option("spend_pattern", "Bestedingspatroon", "Spend pattern"),
        Option("order_volume", "Bestelvolume", "Order volume"),
        Option("current_suppliers", "Huidige leveranciers", "Current suppliers"),
        Option("right_contacts", "Juiste contactpersonen", "Right contacts"),
    ),
    "contact_status": (
        Option("ok", "Op tijd", "On time"),
        Option("due", "Aan de beurt", "Due"),
        Option("overdue", "Te laat", "Overdue"),
        Option("never", "Nooit", "Never"),
    ),
    "phase_source": (
        Option("locked", "Vastgezet", "Locked"),
        Option("declared", "Verkoper", "Seller"),
        Option("deal", "Deal", "Deal"),
        Option("decay", "Verloop van tijd", "Passing of time"),
        Option("lead_status", "Leadstatus", "Lead status"),
        Option("none", "Geen", "None"),
    ),
    "direction": (
        Option("forward", "Vooruit", "Forward"),
        Option("backward", "Terug", "Backward"),
        Option("new_cycle", "Nieuwe cyclus", "New cycle"),
        Option("decay", "Verlopen", "Decayed"),
        Option("resumed", "Hervat", "Resumed"),
        Option("recorded", "Vastgelegd", "Recorded"),
    ),
    "phase_status": (
        Option("on_track", "Op schema", "On track"),
        Option("at_risk", "Loopt risico", "At risk"),
        Option("stalled", "Stilstand", "Stalled"),
        Option("reverify", "Opnieuw bevestigen", "Reverify"),
    ),
    "relation_component": (
        Option("profile", "Profiel", "Profile"),
        Option("contact", "Contact", "Contact"),
        Option("phase", "Fase", "Phase"),
        Option("pains_gains", "Pains & gains", "Pains & gains"),
    ),
    "action": (
        Option("record_meeting_outcome", "Leg uitkomst afspraak vast", "Record meeting outcome"),
        Option("follow_up_quote", "Volg offerte op", "Follow up quote"),
        Option("reach_out", "Neem contact op", "Reach out"),
        Option("find_decider", "Zoek beslisser", "Find decider"),
        Option("record_phase", "Leg fase vast", "Record phase"),
        Option("record_pains_gains", "Leg pains & gains vast", "Record pains & gains"),
        Option("complete_profile", "Vul profiel aan", "Complete profile"),
        Option("estimate_potential", "Schat potentieel", "Estimate potential"),
        Option("reverify_phase", "Bevestig fase opnieuw", "Reverify phase"),
        Option("plan_next_step", "Plan volgende stap", "Plan next step"),
        Option("maintain", "Onderhoud", "Maintain"),
    ),
    "band": (
        Option("good", "Goed", "Good"),
        Option("attention", "Aandacht", "Attention"),
        Option("weak", "Zwak", "Weak"),
    ),
    "slot": (
        Option("decider", "Beslisser", "Decider"),
        Option("insider", "Insider", "Insider"),
    ),
    "deal_warning": (
        Option("amount_missing", "Bedrag ontbreekt", "Amount missing"),
        Option("exchange_rate_missing", "Wisselkoers ontbreekt", "Exchange rate missing"),
        Option("splits_invalid", "Verdeling klopt niet", "Splits invalid"),
        Option(
            "several_companies_without_primary",
            "Meer bedrijven, geen primair",
            "Several companies, none primary",
        ),
        Option("stage_unknown", "Geen dealfase", "No stage"),
        Option("stage_unmapped", "Dealfase niet toegewezen", "Stage not mapped"),
        Option("close_date_missing", "Sluitdatum ontbreekt", "Close date missing"),
        Option("closed_in_future", "Sluitdatum in toekomst", "Close date in future"),
    ),
    "company_warning": (
        Option("outcome_missing", "Uitkomst afspraak ontbreekt", "Meeting outcome missing"),
        Option("boilerplate", "Standaardtekst", "Boilerplate text"),
        Option("owner_archived", "Eigenaar inactief", "Owner archived"),
        Option("owner_unknown", "Eigenaar onbekend", "Owner unknown"),
        Option("override_no_reason", "Reden ontbreekt", "Reason missing"),
        Option("override_expired", "Handmatige keuze verlopen", "Override expired"),
        Option("deal_amount_missing", "Deal: Bedrag ontbreekt", "Deal: Amount missing"),
        Option(
            "deal_exchange_rate_missing",
            "Deal: Wisselkoers ontbreekt",
            "Deal: Exchange rate missing",
        ),
        Option("deal_splits_invalid", "Deal: Verdeling klopt niet", "Deal: Splits invalid"),
        Option(
            "deal_several_companies_without_primary",
            "Deal: Meer bedrijven, geen primair",
            "Deal: Several companies, none primary",
        ),
        Option("deal_stage_unknown", "Deal: Geen dealfase", "Deal: No stage"),
        Option("deal_stage_unmapped", "Deal: Dealfase niet toegewezen", "Deal: Stage not mapped"),
        Option("deal_close_date_missing", "Deal: Sluitdatum ontbreekt", "Deal: Close date missing"),
        Option(
            "deal_closed_in_future", "Deal: Sluitdatum in toekomst", "Deal: Close date in future"
        ),
    ),
}
"""Every option set of spec 7 by name; the order is that of the table."""
