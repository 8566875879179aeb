"""Put the real parts together: the one place that names implementations and reads the clock."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from tempfile import gettempdir
from typing import get_args
from zoneinfo import ZoneInfo

from connector.files.adapter import FilesAdapter
from connector.files.settings import FilesSettings
from connector.http.webhook import Webhook
from connector.hubspot.adapter import HubSpotAdapter
from connector.hubspot.settings import HubSpotSettings
from connector.ports import ConfigError, Crm
from jobs.config import Config, load_config, token_source, webhook_source
from jobs.configuration import fingerprint_of, settings_of
from kpis.parameters import Parameters
from kpis.properties import properties_of
from kpis.vocabulary import ObjectType
from kpis.wording import Texts
from mappings.load import load_mapping
from mappings.schema import Mapping
from mappings.texts import texts_digest, texts_source
from store.store import Store


def clock() -> datetime:
    """Present moment, aware, in UTC, with whole milliseconds as the store keeps it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What the files of an account say, at one moment."""

    config: Config
    mapping: Mapping
    parameters: Parameters
    load_texts: Callable[[], Texts]
    settings: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring(Loaded):
    """One account, ready to run; close it when done."""

    crm: Crm
    store: Store
    clock: Callable[[], datetime] = clock
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def fingerprint(self) -> str:
        """Digest of all settings that results can rest on."""
        return fingerprint_of(self.settings)

    @property
    def texts(self) -> Texts:
        """All texts that people read; the shipped ones are read when they are first asked for."""
        return self.load_texts()

    @property
    def needs_setup(self) -> bool:
        """Whether something must be created in the CRM before a value can be written."""
        return not isinstance(self.config.crm, FilesSettings)

    def close(self) -> None:
        """Let go of CRM and store."""
        self.crm.close()
        self.store.close()


def load_settings(config_path: Path | None) -> Loaded:
    """Load configuration, mapping and texts.

    Raises:
        FileFaultsError: they have faults; all of them are told.
        ConfigError: a file is missing, or a consent is still to come.
    """
    config = load_config(config_path)
    parameters = config.parameters
    _check_consent(config)
    mapping = load_mapping(config.mapping, prefix=parameters.write_back.prefix)
    return Loaded(
        config=config,
        mapping=mapping,
        parameters=parameters,
        load_texts=texts_source(config.texts),
        settings=settings_of(config, mapping, texts_digest(config.texts)),
    )


def open_wiring(
    config_path: Path | None,
    *,
    stop: threading.Event | None = None,
) -> Wiring:
    """Load configuration, mapping and texts, open the store, and make the adapter; no call is made.

    Raises:
        FileFaultsError: configuration or mapping has faults; all of them are told.
        ConfigError: a secret or file is missing.
        StoreError: the store cannot be opened.
    """
    loaded = load_settings(config_path)
    config = loaded.config
    stop = stop or threading.Event()
    crm = build_crm(config, loaded.mapping, loaded.parameters, stop)
    return Wiring(
        config=config,
        mapping=loaded.mapping,
        parameters=loaded.parameters,
        load_texts=loaded.load_texts,
        settings=loaded.settings,
        crm=crm,
        store=Store.open(config.store, account=config.account),
        stop=stop,
    )


def renewed(wiring: Wiring, loaded: Loaded) -> Wiring:
    """Other settings on the same store; the adapter stays where it would be made the same.

    Raises:
        ConfigError: the adapter cannot be made of these settings.
    """
    crm = wiring.crm
    before = _made_of(wiring.config, wiring.mapping, wiring.parameters)
    if before != _made_of(loaded.config, loaded.mapping, loaded.parameters):
        crm = build_crm(loaded.config, loaded.mapping, loaded.parameters, wiring.stop)
    return replace(
        wiring,
        config=loaded.config,
        mapping=loaded.mapping,
        parameters=loaded.parameters,
        load_texts=loaded.load_texts,
        settings=loaded.settings,
        crm=crm,
    )


def _made_of(config: Config, mapping: Mapping, parameters: Parameters) -> tuple[object, ...]:
    """Everything that an adapter is made of and that can change."""
    return config.crm, mapping.fields, parameters.write_back.prefix, config.activities.since


def _check_consent(config: Config) -> None:
    """Refuse figures of single sellers on a consent that is still to come."""
    consent = config.seller_metrics.works_council_consent
    today = clock().astimezone(ZoneInfo(config.reporting.timezone)).date()
    if config.seller_metrics.mode == "self_and_manager" and consent and consent > today:
        raise ConfigError(
            f"{config.account}: seller_metrics.works_council_consent is {consent}, which is still "
            "to come: use mode self until then"
        )


def build_crm(
    config: Config, mapping: Mapping, parameters: Parameters, stop: threading.Event
) -> Crm:
    """Adapter of the CRM that the configuration names."""
    prefix = parameters.write_back.prefix
    match config.crm:
        case HubSpotSettings():
            return HubSpotAdapter(
                config.crm,
                token=token_source(config),
                fields=mapping.fields,
                prefix=prefix,
                standing=standing_names(),
                activities_since=config.activities.since,
                clock=clock,
                stop=stop,
                shared=shared_folder(config.store),
            )
        case FilesSettings():
            return FilesAdapter(config.crm, fields=mapping.fields, prefix=prefix, clock=clock)


def build_webhook(config: Config) -> Webhook | None:
    """Webhook that is told of trouble; None when the configuration names none."""
    address = webhook_source(config)
    return None if address is None else Webhook(address)


def shared_folder(store: str) -> Path:
    """Folder through which all processes that serve an account here keep its limits together."""
    kind, _, path = store.partition(":///")
    if kind == "sqlite":
        return Path(path.partition("?")[0]).absolute().parent
    return Path(gettempdir()) / f"toprelatie-{getuser()}"


def standing_names() -> dict[ObjectType, tuple[str, ...]]:
    """Names of the values of ours that are read back with each record."""
    objects: tuple[ObjectType, ...] = get_args(ObjectType)
    return {one: tuple(row.name for row in properties_of(one, "out")) for one in objects}
