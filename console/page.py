"""Reports as one self-contained page of HTML: no script, nothing from outside, good on paper."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from console.figure import Row, Setting
from console.relation_view import HEADINGS, phases_of_top, relation_lines
from console.seller_view import seller_portrait, team_portrait
from console.trend import Past
from console.voice import Voice
from jobs.configuration import SettingsDay
from kpis.calendar import day_of
from kpis.parameters import Parameters
from kpis.snapshot import last_day_of_previous_month
from kpis.wording import Texts

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlReport:
    """Maker of pages for one account and moment.

    Attributes:
        as_of: aware; the moment that the figures hold for.
        settings: days within the shown weeks from which other settings are in force.
    """

    account: str
    as_of: datetime
    texts: Texts
    parameters: Parameters
    settings: Sequence[SettingsDay] = ()

    def sellers(self, totals: Row | None, sellers: Sequence[Row], days: Iterable[Row]) -> str:
        """Page of the team and of sellers, in the order of their names.

        Args:
            totals: of the whole team; None: they are not to be shown.
            sellers: those who may be shown, with `seller` and the values of spec 7.
            days: daily snapshots (`SELLER_DAYS`).
        """
        setting, pasts = self._setting(), Past.by_seller(days)
        portraits = [] if totals is None else [team_portrait(totals, setting)]
        for row in sorted(sellers, key=_by_name):
            past = pasts.get(str(row["seller_id"]), Past())
            portraits.append(seller_portrait(row, past, setting))
        return self._render(
            "sellers.html",
            portraits=portraits,
            remark=self._remark(totals, sellers),
            last_month=setting.voice.value("day", last_day_of_previous_month(setting.today)),
        )

    def relations(self, relations: Sequence[Row]) -> str:
        """Page of relations with `seller` and the values of spec 7, top relations first."""
        voice = self._setting().voice
        return self._render(
            "relations.html",
            phases=phases_of_top(relations, voice),
            lines=list(relation_lines(relations, voice, self.parameters)),
            headings=[voice.relation_label(name) for name in HEADINGS],
            top=sum(bool(row["is_top_relation"]) for row in relations),
        )

    def _remark(self, totals: Row | None, sellers: Sequence[Row]) -> str:
        if sellers:
            return "no_ranking"
        is_shut = self.parameters.seller_metrics.mode == "self" and totals is not None
        return "only_totals" if is_shut else "no_seller"

    def _setting(self) -> Setting:
        write_back, reporting = self.parameters.write_back, self.parameters.reporting
        voice = Voice(texts=self.texts, language=write_back.language, currency=reporting.currency)
        today = day_of(self.as_of, reporting.timezone)
        return Setting(voice=voice, parameters=self.parameters, today=today)

    def _render(self, template: str, **values: object) -> str:
        timezone = self.parameters.reporting.timezone
        voice = self._setting().voice
        local = self.as_of.astimezone(ZoneInfo(timezone))
        style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        return environment.get_template(template).render(
            values,
            account=self.account,
            language=voice.language,
            moment=f"{voice.value('as_of', local.date())} {local:%H:%M}",
            timezone=timezone,
            say=voice.say,
            settings=[
                voice.say("settings_changed", date=voice.value("day", one.day), where=one.where)
                for one in self.settings
            ],
            style=Markup(style),  # noqa: S704 - our own file, and names are never put into it
            policy=policy_of(style),
        )


def encodable(page: str, encoding: str) -> str:
    """Page for a stream of that encoding.

    A page says of itself that it is UTF-8. For any other encoding all but ASCII is written as
    references, which are right in each.
    """
    is_own = encoding.lower().replace("_", "-") in {"utf-8", "utf8"}
    return page if is_own else page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def policy_of(style: str) -> str:
    """Content security policy that allows this one style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _by_name(row: Row) -> tuple[str, int, str]:
    seller_id = str(row["seller_id"])
    return str(row["seller"]).casefold(), len(seller_id), seller_id
