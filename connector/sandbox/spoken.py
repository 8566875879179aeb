"""What the pages say, in the language of their reader: labels, days, money, numbers, own words.

The CRM's pages follow the language of the person who reads them; labels of properties do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal
from zoneinfo import ZoneInfo

from connector.sandbox.definitions import Json
from connector.sandbox.instants import EPOCH, MS, read_ms

Language = Literal["nl", "en"]

_SYMBOLS = {"EUR": "€", "USD": "US$", "GBP": "£"}
_SWAPPED = str.maketrans(",.", ".,")
_ENGLISH = {
    "Activiteiten": "Activities",
    "Alle": "All",
    "Bedrag": "Amount",
    "Bedrijf": "Company",
    "Bedrijven": "Companies",
    "De velden zijn nog niet aangemaakt.": "The fields have not been created yet.",
    "Dealfase": "Deal stage",
    "Er is geen bedrijf met id": "There is no company with id",
    "Geen Toprelatie": "No top relation",
    "Geen bedrijven in deze fase.": "No companies in this phase.",
    "Geen deals.": "No deals.",
    "Geen verkoper": "No seller",
    "Gepland": "Planned",
    "In te vullen door de verkoper": "For the seller to fill in",
    "Koopfase": "Buying phase",
    "Laatste": "Last",
    "Naar alle bedrijven": "To all companies",
    "Niet gevonden": "Not found",
    "Nog niet berekend voor dit bedrijf.": "Not computed for this company yet.",
    "Nog niets vastgelegd.": "Nothing recorded yet.",
    "Pagina": "Page",
    "Pijplijn": "Pipeline",
    "Sluitdatum": "Close date",
    "Verkoper": "Seller",
    "Volgende": "Next",
    "Vorige": "Previous",
    "bepaalt fase": "decides phase",
    "contactpersonen": "contacts",
    "contactpersoon": "contact",
    "medewerkers": "employees",
    "nog leeg": "still empty",
    "op grond van": "on the basis of",
    "sinds": "since",
    "van": "of",
}
"""Words of the pages by what they are in Dutch; one without an entry is the same in English."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Speaks to a reader of one language in the time zone of the account."""

    language: Language
    zone: ZoneInfo

    def say(self, dutch: str) -> str:
        """Words of a page."""
        return dutch if self.language == "nl" else _ENGLISH.get(dutch, dutch)

    def shown(self, definition: Json, value: str, *, currency: str) -> str:
        """A value by its definition; a value that fits no definition stands as it is."""
        if not value:
            return ""
        match definition["type"]:
            case "enumeration" | "bool":
                labels = self.labels_of(definition)
                return ", ".join(labels.get(one, one) for one in value.split(";"))
            case "date":
                return self.day(value)
            case "datetime":
                return self.moment(value)
            case "number":
                return self._number(definition, value, currency)
            case _:
                return value

    def labels_of(self, definition: Json) -> Mapping[str, str]:
        """Label by value; a yes or no without labels of its own has those of the language."""
        options = {one["value"]: one["label"] for one in definition["options"]}
        own = ("Ja", "Nee") if self.language == "nl" else ("Yes", "No")
        is_bool = definition["type"] == "bool"
        return options or (dict(zip(("true", "false"), own, strict=True)) if is_bool else {})

    def day(self, value: str) -> str:
        """Day of a date or of an instant, such as 25-11-2026 or 25 Nov 2026."""
        try:
            on = self.instant(value).date() if "T" in value else date.fromisoformat(value)
        except ValueError:
            return value
        return on.strftime(self._day_form)

    def moment(self, value: str) -> str:
        """Day and time of an instant, such as 25-11-2026 14:30."""
        try:
            return self.instant(value).strftime(f"{self._day_form} %H:%M")
        except ValueError:
            return value

    def instant(self, value: str) -> datetime:
        """The instant that a value names, in the time zone of the account."""
        return (EPOCH + read_ms(value) * MS).astimezone(self.zone)

    def money(self, value: str, currency: str) -> str:
        """An amount with its currency; cents only where there are any."""
        amount = _decimal(value)
        if amount is None:
            return value
        digits = f"{amount:,.2f}" if amount % 1 else f"{amount:,.0f}"
        return f"{_SYMBOLS.get(currency, currency)} {self._pointed(digits)}"

    @property
    def _day_form(self) -> str:
        return "%d-%m-%Y" if self.language == "nl" else "%d %b %Y"

    def _number(self, definition: Json, value: str, currency: str) -> str:
        hint, number = definition.get("numberDisplayHint"), _decimal(value)
        if number is None:
            return value
        if hint == "currency":
            return self.money(value, currency)
        if hint == "percentage":
            return self._pointed(f"{number * 100:,.0f}%")
        return self._pointed(f"{number:,.2f}" if number % 1 else f"{number:,.0f}")

    def _pointed(self, digits: str) -> str:
        return digits.translate(_SWAPPED) if self.language == "nl" else digits


def _decimal(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
