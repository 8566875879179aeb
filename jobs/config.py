"""The configuration of one account: the one place that reads its file and the environment.

Secrets never stand in the file: it names the variable or the file that holds them. Relative paths
count from the folder of the file, so that it does not matter where the service is started.
"""

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from connector.files.settings import FilesSettings
from connector.hubspot.settings import HubSpotSettings
from connector.ports import ConfigError
from jobs.overlay import overlaid
from kpis.parameters import Parameters, Reporting, Section, WriteBack
from kpis.vocabulary import ObjectType
from mappings.validation import validated
from mappings.yaml import load_document

CONFIG_VARIABLE = "TOPRELATIE_CONFIG"
CONFIG_FILE = Path("config.yaml")
POSTGRESQL = "postgresql+psycopg://"
SQLITE = "sqlite:///"
TOKEN_START = "pat-"  # noqa: S105 - the beginning of every one, and no token
"""With this HubSpot's tokens begin."""


def _cron(expression: str) -> str:
    """The expression, if the scheduler reads it as people do.

    The scheduler counts weekdays from Monday, other crons from Sunday: names alone are clear.
    """
    match expression.split():
        case [_, _, _, _, weekday] if any(letter.isdigit() for letter in weekday):
            raise ValueError(
                f'"{expression}" counts weekdays; use names: mon, tue, wed, thu, fri, sat, sun'
            )
        case [_, _, _, _, _]:
            pass
        case fields:
            raise ValueError(
                f'"{expression}" has {len(fields)} fields, not 5: minute hour day month weekday'
            )
    from jobs.schedule import WallClockTrigger  # noqa: PLC0415 - loads the scheduler

    try:
        WallClockTrigger(expression, ZoneInfo("UTC"))
    except ValueError as error:
        raise ValueError(f'"{expression}" is no cron expression: {error}') from None
    return expression


def _zone(name: str) -> str:
    known = available_timezones()
    if name not in known:
        near = get_close_matches(name, sorted(known), n=1, cutoff=0.7) or ["Europe/Amsterdam"]
        raise ValueError(f'"{name}" is no time zone; use a name such as {near[0]}')
    return name


def _store(url: str) -> str:
    """The URL of a store of ours; it may hold no password and is not repeated in a message."""
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        return url
    if not url.startswith(POSTGRESQL):
        raise ValueError(f"must be {SQLITE}FILE or {POSTGRESQL}USER@HOST/DATABASE")
    if urlsplit(url).password is not None:
        raise ValueError("holds a password; take it out and set PGPASSWORD or use ~/.pgpass")
    return url


def _distinct(values: tuple[ObjectType, ...]) -> tuple[ObjectType, ...]:
    if not values:
        raise ValueError("names no object; write enabled: false to write nothing")
    if len(set(values)) < len(values):
        raise ValueError("names an object twice")
    return values


def _variable(given: object) -> object:
    """What may name a variable; else it may well be the address itself, so it is not repeated."""
    if isinstance(given, str) and not (given.isascii() and given.isidentifier()):
        raise ValueError("must name the environment variable that holds the address, not hold it")
    return given


def _no_address(given: object) -> object:
    if isinstance(given, str) and "://" in given:
        raise ValueError("must name the file that holds the address, not hold it")
    return given


Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Cron = Annotated[str, AfterValidator(_cron)]
Zone = Annotated[str, AfterValidator(_zone)]
ChangeLimit = Annotated[Decimal, Field(gt=0, le=1)]
CrmSettings = Annotated[HubSpotSettings | FilesSettings, Field(discriminator="kind")]


class Schedule(Section):
    """When the service runs what; None leaves it out.

    Attributes:
        sync: pull what changed, compute, write back.
        associations: the same with all associations read anew.
        full: the same with everything pulled anew.
    """

    sync: Cron | None = "*/15 * * * *"
    associations: Cron | None = "0 4 * * *"
    full: Cron | None = "30 3 * * sun"
    timezone: Zone = "Europe/Amsterdam"

    def expressions(self) -> dict[str, str]:
        """Cron expression by name of the job."""
        jobs = {"sync": self.sync, "associations": self.associations, "full": self.full}
        return {name: cron for name, cron in jobs.items() if cron is not None}


class WriteBackSettings(WriteBack):
    """What is written back and whether at all; the rest as the method has it.

    Attributes:
        change_limit: share of the records of one object type that a run may change; None: all.
    """

    enabled: bool = True
    change_limit: ChangeLimit | None = Decimal("0.30")
    objects: Annotated[tuple[ObjectType, ...], AfterValidator(_distinct)] = (
        "companies",
        "deals",
        "contacts",
    )


class Activities(Section):
    """Which activities are pulled: those since a day, or all. Older ones count as overdue."""

    since: date | None = None


class Service(Section):
    """Where the running service shows its pages; this machine alone, unless said otherwise."""

    host: Annotated[str, StringConstraints(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8044


class Alerts(Section):
    """Who is told of trouble: a webhook, whose address is a secret; none when neither is set.

    Attributes:
        webhook_env: environment variable that holds the address.
        webhook_file: file that holds it instead; read anew for each message.
        stale_after_hours: hours without a run that ended well after which that is told.
    """

    webhook_env: Annotated[str, BeforeValidator(_variable)] | None = None
    webhook_file: Annotated[Path, BeforeValidator(_no_address)] | None = None
    stale_after_hours: Annotated[int, Field(ge=1, le=24 * 31)] = 26


class Config(Parameters):
    """Everything that ops set for one account, the parameters of the method among it.

    Attributes:
        account: name of the account in store, logs and metrics.
        mapping: the mapping file.
        texts: a file with the account's own texts; None takes the shipped ones.
        store: URL of the store.
    """

    account: Account
    crm: CrmSettings
    mapping: Annotated[Path, Field(validate_default=True)] = Path("mappings/hubspot.yaml")
    texts: Path | None = None
    store: Annotated[str, AfterValidator(_store), Field(validate_default=True)] = (
        "sqlite:///toprelatie.db"
    )
    schedule: Schedule = Schedule()
    write_back: WriteBackSettings = WriteBackSettings()
    activities: Activities = Activities()
    service: Service = Service()
    alerts: Alerts = Alerts()

    @property
    def parameters(self) -> Parameters:
        """The parameters of the method."""
        sections = {name: getattr(self, name) for name in Parameters.model_fields}
        method = self.write_back.model_dump(include=set(WriteBack.model_fields))
        return Parameters(**sections | {"write_back": WriteBack(**method)})

    @field_validator("reporting")
    @classmethod
    def _known_zone(cls, reporting: Reporting) -> Reporting:
        _zone(reporting.timezone)
        return reporting

    @field_validator("mapping", "texts")
    @classmethod
    def _file_beside(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        return None if file is None else _folder(info) / file

    @field_validator("alerts")
    @classmethod
    def _webhook_beside(cls, alerts: Alerts, info: ValidationInfo) -> Alerts:
        if alerts.webhook_file is None:
            return alerts
        return alerts.model_copy(update={"webhook_file": _folder(info) / alerts.webhook_file})

    @field_validator("store")
    @classmethod
    def _store_beside(cls, store: str, info: ValidationInfo) -> str:
        if not store.startswith(SQLITE):
            return store
        return f"{SQLITE}{_folder(info) / store.removeprefix(SQLITE)}"

    @field_validator("crm")
    @classmethod
    def _files_beside(cls, crm: CrmSettings, info: ValidationInfo) -> CrmSettings:
        variable = getattr(crm, "token_env", "none")
        if not variable.isidentifier():  # it may well be the token, so it is not repeated
            raise ValueError("token_env must name an environment variable, not hold the token")
        paths = {name: _folder(info) / path for name, path in crm if isinstance(path, Path)}
        file = paths.get("token_file")
        if file and file.name.lower().startswith(TOKEN_START) and not file.exists():
            raise ValueError("token_file must name a file, not hold the token")
        return crm.model_copy(update=paths)


def _folder(info: ValidationInfo) -> Path:
    """Folder of the file at hand, from which relative paths count."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder


def config_folder(path: Path | None = None) -> Path:
    """Folder of the configuration that `load_config` would load.

    Raises:
        ConfigError: no path was given and none of the places holds a file.
    """
    return (path or _found()).parent


def load_config(path: Path | None = None) -> Config:
    """Load the configuration; without a path, that of TOPRELATIE_CONFIG or else `config.yaml`.

    Variables named `TOPRELATIE__SECTION__KEY` are laid over the file (`jobs.overlay`).

    Raises:
        ConfigError: no path was given and none of the places holds a file.
        FileFaultsError: the file cannot be read or is no configuration; every fault at once.
    """
    path = path or _found()
    context = {"folder": path.parent}
    document = overlaid(load_document(path), os.environ, Config, context=context)
    return validated(document, Config, context=context)


def _found() -> Path:
    """File that the environment names, else the one where we stand."""
    named = os.environ.get(CONFIG_VARIABLE)
    path = Path(named or CONFIG_FILE)
    if not path.exists():
        tried = f"${CONFIG_VARIABLE} names {named}" if named else f"${CONFIG_VARIABLE} is not set"
        where = "which is not there" if named else f"and there is no {path} in {Path.cwd()}"
        raise ConfigError(
            f"no configuration: {tried}, {where}: `toprelatie init` makes one; or name yours with "
            f"--config or {CONFIG_VARIABLE}"
        )
    return path


def token_source(config: Config) -> Callable[[], SecretStr]:
    """Reader of the token of the CRM, which looks anew each time it is asked.

    The reader raises ConfigError when the token is missing, empty or no token.
    """
    file: Path | None = getattr(config.crm, "token_file", None)
    variable: str = getattr(config.crm, "token_env", "")
    return _secret_source(config.account, "token", file, variable, setting="crm.token_file")


def webhook_source(config: Config) -> Callable[[], SecretStr] | None:
    """Reader of the address that alerts go to, which looks anew each time; None: there is none.

    The reader raises ConfigError when the address is missing, empty or more than one word.
    """
    file, variable = config.alerts.webhook_file, config.alerts.webhook_env
    if file is None and variable is None:
        return None
    name = "webhook address"
    return _secret_source(config.account, name, file, variable or "", setting="alerts.webhook_file")


def _secret_source(
    account: str, name: str, file: Path | None, variable: str, *, setting: str
) -> Callable[[], SecretStr]:
    """Reader of a secret that stands alone in a file, or else in a variable."""

    def read() -> SecretStr:
        if file:
            place = f"file {file}"
            text = _read_secret(file, f"{account}: no {name}", setting)
        else:
            place, text = f"environment variable {variable}", os.environ.get(variable, "")
        secret = text.strip()
        if not secret:
            raise ConfigError(f"{account}: no {name}: {place} is missing or empty: fill it")
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise ConfigError(
                f"{account}: no {name}: {place} holds more than one word: write the {name} alone"
            )
        return SecretStr(secret)

    return read


def _read_secret(file: Path, what: str, setting: str) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(f"{what}: file {file} cannot be read: {reason}: mend {setting}") from None
