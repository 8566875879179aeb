"""Texts that people read, in Dutch and English: labels, approaches, explanations, actions.

The texts themselves stand in one data file (`mappings/texts.yaml`), which an account may override
line by line. A text may hold placeholders such as `{date}`; which ones, is said by its kind.
"""

from string import Formatter

from kpis.parameters import Section
from kpis.vocabulary import Language, Phase


class Phrase(Section):
    """One text in both languages."""

    nl: str
    en: str

    def text(self, language: Language) -> str:
        """Text in the given language."""
        return self.nl if language == "nl" else self.en


class PropertyLabels(Section):
    """Label by name, per object and for the values of sellers (spec 7)."""

    companies: dict[str, Phrase]
    deals: dict[str, Phrase]
    contacts: dict[str, Phrase]
    sellers: dict[str, Phrase]


class Texts(Section):
    """All texts.

    Attributes:
        properties: labels of properties and of the values of sellers.
        options: label by option set and value.
        approach: recommended approach by phase (spec 3.1).
        explanation: parts of the explanation of a score by name (spec 6.4).
        actions: text of the next best action by action, and the pieces that they use (spec 6.4).
        digest: fixed sentences of a seller's task in the CRM.
        page: fixed sentences of the pages that `report` makes.
        explain: headings and reasons of `explain`.
    """

    properties: PropertyLabels
    options: dict[str, dict[str, Phrase]]
    approach: dict[Phase, Phrase]
    explanation: dict[str, Phrase]
    actions: dict[str, Phrase]
    digest: dict[str, Phrase]
    page: dict[str, Phrase]
    explain: dict[str, Phrase]

    def label(self, option_set: str, value: str, language: Language) -> str:
        """Label of one value of an option set."""
        return self.options[option_set][value].text(language)


def placeholders(template: str) -> frozenset[str]:
    """Names between braces in a template."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)
