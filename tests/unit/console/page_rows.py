"""Rows as `report` hands them to a page, and a page in either language."""

from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from console.figure import Setting
from console.page import HtmlReport
from console.voice import Voice
from kpis.parameters import Parameters
from kpis.vocabulary import Language
from mappings.texts import load_texts

AS_OF = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
TODAY = date(2026, 6, 30)
TEXTS = load_texts()
VOID = frozenset({"meta", "rect", "path", "circle", "col", "br"})


def parameters(language: Language = "en", mode: str = "self_and_manager") -> Parameters:
    """Parameters with every default but language and mode."""
    return Parameters.model_validate(
        {
            "write_back": {"language": language},
            "seller_metrics": {"mode": mode, "works_council_consent": date(2026, 1, 1)},
        }
    )


def setting(language: Language = "en") -> Setting:
    """What figures are made with."""
    voice = Voice(texts=TEXTS, language=language, currency="EUR")
    return Setting(voice=voice, parameters=parameters(language), today=TODAY)


def report(language: Language = "en", mode: str = "self_and_manager") -> HtmlReport:
    """Maker of pages for a fixed moment."""
    return HtmlReport(
        account="acme", as_of=AS_OF, texts=TEXTS, parameters=parameters(language, mode)
    )


def totals(**values: object) -> dict[str, Any]:
    """Totals of a team of eight top relations."""
    return {
        "relations": 40,
        "top_relations_total": 8,
        "phase_no_interest_count": 1,
        "phase_orienting_count": 1,
        "phase_interest_count": 1,
        "phase_quote_count": 3,
        "phase_order_count": 1,
        "phase_unknown_count": 1,
        "stalled_count": 2,
        "top_relations_contacted": 4,
        "kpi1": 2,
        "contact_coverage": Decimal("0.5"),
        "kpi1_ratio": Decimal("0.25"),
        "focus_share": Decimal("0.6"),
        "phase_coverage": Decimal("0.875"),
        "revenue_mtd": Decimal("1000.00"),
        "revenue_qtd": Decimal("2000.00"),
        "revenue_ytd": Decimal("69540.00"),
        "revenue_ttm": Decimal("99000.00"),
        "margin_ttm": None,
    } | values


def seller(**values: object) -> dict[str, Any]:
    """One seller."""
    return (
        totals()
        | {
            "seller_id": "1",
            "seller": "Sanne",
            "team_coverage": Decimal("0.75"),
            "focus_share_time": None,
            "avg_profile_completeness": Decimal("0.625"),
            "pg_coverage": Decimal("0.5"),
            "phase_conversion_no_interest": None,
            "phase_conversion_no_interest_n": 0,
            "phase_conversion_orienting": Decimal(1),
            "phase_conversion_orienting_n": 3,
            "phase_conversion_interest": Decimal("0.6667"),
            "phase_conversion_interest_n": 3,
            "phase_conversion_quote": Decimal("0.5"),
            "phase_conversion_quote_n": 2,
            "top_revenue_share": Decimal("0.5185"),
            "target": Decimal("160000.00"),
            "attainment": Decimal("0.4346"),
            "pace": Decimal("0.8765"),
            "seller_score": 61,
            "seller_score_reason": None,
            "score_explanation": "61/100 · 2 of 8",
            "score_basis": ["focus"],
            "seller_warnings": ["low_volume"],
        }
        | values
    )


def relation(**values: object) -> dict[str, Any]:
    """One top relation."""
    return {
        "relation_id": "7",
        "name": "Bakker",
        "seller_id": "1",
        "seller": "Sanne",
        "is_top_relation": True,
        "top_relation_since": date(2026, 1, 15),
        "buying_phase": "quote",
        "phase_since": date(2026, 5, 20),
        "phase_status": "stalled",
        "contact_status": "due",
        "last_two_way_contact": date(2026, 6, 11),
        "relation_score": 66,
        "relation_score_band": "attention",
        "next_best_action": "follow_up_quote",
        "next_best_action_text": "Call about the quote.",
        "data_warnings": ["boilerplate"],
    } | values


class Outline(HTMLParser):
    """Elements and words of a page; refuses one that is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the last element, which must be of that kind."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note words of the text."""
        if self._open and self._open[-1] != "style":
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """All words in their order."""
        return " ".join(word for word in self.words if word)
