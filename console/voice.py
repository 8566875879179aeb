"""How a page speaks: fixed sentences, labels and values in one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from console.table import to_cell
from kpis.vocabulary import Language
from kpis.wording import Phrase, Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """All words of a page.

    Attributes:
        currency: the one that amounts are reported in (ISO 4217).
    """

    texts: Texts
    language: Language
    currency: str

    def say(self, key: str, **values: object) -> str:
        """One fixed sentence with its placeholders filled."""
        return self.texts.page[key].text(self.language).format(**values)

    def seller_label(self, name: str) -> str:
        """Label of a value of sellers."""
        return self._label(self.texts.properties.sellers, name)

    def relation_label(self, name: str) -> str:
        """Label of a value of relations."""
        return self._label(self.texts.properties.companies, name)

    def _label(self, phrases: Mapping[str, Phrase], name: str) -> str:
        return phrases[name].text(self.language)

    def option(self, option_set: str, value: str) -> str:
        """Label of one value of an option set."""
        return self.texts.label(option_set, value, self.language)

    def value(self, name: str, value: object) -> str:
        """Value as people read it; a dot where there is none."""
        return to_cell(name, value, self.texts, self.language)

    def money(self, value: Decimal) -> str:
        """Amount with its currency."""
        return f"{self.currency} {self.value('amount', value)}"
