"""A first configuration and mapping, out of a few answers and what the CRM tells of itself.

Both files are checked before either is written, so that what stands there afterwards loads.
"""

import json
import re
from collections.abc import Mapping as Table
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connector.files.settings import FilesSettings
from connector.hubspot.settings import HubSpotLimits, HubSpotSettings
from connector.ports import Description, PermanentCrmError, TransientCrmError
from connector.probe import CallLimit, Probe
from jobs.answer import fault_in_timezone
from jobs.config import Config
from jobs.suggest import suggestion_of
from jobs.wiring import build_crm
from kpis.vocabulary import Language
from mappings.schema import Mapping
from mappings.suggestion import Suggestion
from mappings.validation import validated
from mappings.yaml import document_of

TEMPLATES = Path(__file__).with_name("templates")
FOLDER = "mappings"
HUBSPOT = str(HubSpotSettings.model_fields["base_url"].default)
TOKEN_ENV = str(HubSpotSettings.model_fields["token_env"].default)
DEFAULT_TIMEZONE = "Europe/Amsterdam"
DEFAULT_CURRENCY = "EUR"
DUTCH_ZONES = frozenset({"Europe/Amsterdam", "Europe/Brussels", "America/Paramaribo"})
"""Time zones of places where Dutch is spoken at work."""

TRIES = 2
PATIENCE_S = 10.0
"""A person waits for the answer, so a wrong address must show soon."""

CrmKind = Literal["hubspot", "files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the CRM is and how to get in; paths count from where we stand."""

    kind: CrmKind
    base_url: str = HUBSPOT
    token_env: str = TOKEN_ENV
    token_file: Path | None = None
    folder: Path = Path("export")

    def settings(self) -> HubSpotSettings | FilesSettings:
        """Settings for a first look: few tries, and no limits kept beside a store."""
        if self.kind == "files":
            return FilesSettings(kind="files", folder=self.folder.absolute())
        return HubSpotSettings(
            kind="hubspot",
            base_url=self.base_url,
            token_env=self.token_env,
            token_file=self.token_file.absolute() if self.token_file else None,
            limits=HubSpotLimits(enabled=False),
            max_tries=TRIES,
            max_wait_s=PATIENCE_S,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What the CRM told of itself."""

    description: Description
    probe: Probe

    def account(self, kind: CrmKind) -> str:
        """Name for the account when nobody gives one."""
        named = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{kind}-{self.description.account_id}")
        return named[:64]

    @property
    def timezone(self) -> str | None:
        """The account's own time zone, if it is one that we know."""
        zone = self.description.timezone
        return zone if zone and fault_in_timezone(zone) is None else None

    @property
    def currency(self) -> str | None:
        """The account's own currency, if it is a code of one."""
        currency = self.description.currency or ""
        return currency if re.fullmatch(r"[A-Z]{3}", currency) else None

    @property
    def limits(self) -> dict[str, int]:
        """Limits of calls in which the account differs from the defaults, by their setting."""
        limits = [one for one in self.probe.limits if _differs(one)]
        return {_setting(one): one.allowed for one in limits if one.allowed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person answered, or the defaults."""

    account: str
    language: Language
    timezone: str


@dataclass(frozen=True, slots=True)
class FirstFiles:
    """Both files, checked, not written yet."""

    config: Path
    config_text: str
    mapping: Path
    suggestion: Suggestion


def look_at(source: Source) -> Found:
    """Ask the CRM what it is; nothing is written there or here.

    Raises:
        ConfigError: the token is missing or refused, the address is none, a file is missing.
        PermanentCrmError: the CRM cannot be reached, or answers what is no answer.
    """
    config = Config(account="init", crm=source.settings())
    with closing(build_crm(config, Mapping(), config.parameters, Event())) as crm:
        try:
            return Found(crm.describe(), crm.probe())
        except TransientCrmError as error:  # nothing goes on from here by itself
            raise PermanentCrmError(str(error)) from None


def language_for(timezone: str) -> Language:
    """Language that is likely spoken there."""
    return "nl" if timezone in DUTCH_ZONES else "en"


def first_files(source: Source, found: Found, answers: Answers, *, config: Path) -> FirstFiles:
    """Make both files and check them.

    Raises:
        FileFaultsError: a fault of ours: the file would not load.
    """
    mapping = config.parent / FOLDER / f"{answers.account}.yaml"
    text = _config_text(source, found, answers, config=config)
    suggestion = suggestion_of(found.description, crm=source.kind, prefix="csk_")
    validated(document_of(text, file=str(config)), Config, context={"folder": config.parent})
    validated(document_of(suggestion.text, file=str(mapping)), Mapping, context={"prefix": "csk_"})
    return FirstFiles(config, text, mapping, suggestion)


def _differs(one: CallLimit) -> bool:
    field = HubSpotLimits.model_fields.get(_setting(one))
    if field is None or one.is_documented:
        return False
    return bool(one.allowed != field.default)


def _setting(one: CallLimit) -> str:
    return (one.setting or "").rpartition(".")[2]


def _config_text(source: Source, found: Found, answers: Answers, *, config: Path) -> str:
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML, in which `quoted` makes every text safe
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["quoted"] = lambda text: json.dumps(str(text), ensure_ascii=False)
    return templates.get_template("config.yaml").render(
        **_reasons(found, answers),
        account=answers.account,
        kind=source.kind,
        base_url=source.base_url if source.base_url != HUBSPOT else None,
        token_env=source.token_env,
        token_file=source.token_file and _beside(source.token_file, config),
        folder=_beside(source.folder, config),
        limits=found.limits,
        mapping=f"{FOLDER}/{answers.account}.yaml",
        timezone=answers.timezone,
        language=answers.language,
        currency=found.currency or DEFAULT_CURRENCY,
    )


def _reasons(found: Found, answers: Answers) -> Table[str, str]:
    """Why each of the values stands there."""
    likely = language_for(answers.timezone) == answers.language
    zone = "that of the CRM account" if answers.timezone == found.timezone else "as you chose"
    return {
        "timezone_reason": zone,
        "currency_reason": "that of the CRM account"
        if found.currency
        else "the CRM does not tell its own: mend it if it is another",
        "language_reason": "by the time zone" if likely else "as you chose",
    }


def _beside(path: Path, config: Path) -> Path:
    """Path as the configuration finds it: relative ones count from its folder."""
    is_here = config.parent.resolve() == Path.cwd()
    return path if is_here or path.is_absolute() else path.absolute()
