"""The settings in force: those of the files as they last were without fault.

A run takes what is in force when it begins and keeps it to its end, for nothing that is in force
is ever changed in place.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from connector.ports import ConfigError
from jobs.configuration import changes_between
from jobs.wiring import Loaded, Wiring, load_settings, renewed
from mappings.yaml import Fault, FileFaultsError

log = structlog.get_logger()

ANOTHER = ("account", "store")
"""Settings that make it another service: with one of these changed, nothing is taken over."""

FIXED = ("service",)
"""Settings that are taken once, when the service starts; all others are taken over."""


class Keeper:
    """Looks at the files of an account and keeps what was last without fault.

    Args:
        wiring: what the service started with.
        path: configuration file; None: where the environment says.

    Attributes:
        wiring: what is in force.
        faults: what is wrong with the files as they are now; empty when nothing is.
        waiting: settings whose change waits for a restart.
    """

    def __init__(self, wiring: Wiring, path: Path | None) -> None:
        self.wiring = wiring
        self.faults: Sequence[Fault | str] = ()
        self.waiting: tuple[str, ...] = ()
        self._path = path
        self._lock = threading.Lock()

    def look(self) -> Wiring:
        """Take over what has changed without fault; return what is in force."""
        with self._lock:
            try:
                loaded = load_settings(self._path)
                self._take(loaded)
            except FileFaultsError as error:
                self._refuse(error.faults)
            except ConfigError as error:
                self._refuse([str(error)])
            except Exception as error:
                log.exception("configuration.broken")
                self._refuse([f"unexpected {type(error).__name__}"])
            else:
                self._accept()
            return self.wiring

    def _take(self, loaded: Loaded) -> None:
        """Put settings in force, but for those that wait for a restart.

        Raises:
            ConfigError: no adapter can be made of them.
        """
        old = self.wiring.config
        self._wait_for_restart(loaded)
        if any(name in ANOTHER for name in self.waiting):
            return
        kept = {name: getattr(old, name) for name in FIXED}
        config = loaded.config.model_copy(update=kept)
        sections = [name for name, value in config if value != getattr(old, name)]
        changed = [one.path for one in changes_between(self.wiring.settings, loaded.settings)]
        if not sections and not changed:
            return
        self.wiring = renewed(self.wiring, replace(loaded, config=config))
        log.info(
            "configuration.loaded",
            account=config.account,
            sections=sections,
            changed=changed,
            fingerprint=self.wiring.fingerprint,
        )

    def _wait_for_restart(self, loaded: Loaded) -> None:
        """Say once which settings wait for a restart."""
        old, new = self.wiring.config, loaded.config
        names = (*ANOTHER, *FIXED)
        waiting = tuple(name for name in names if getattr(old, name) != getattr(new, name))
        if waiting and waiting != self.waiting:
            log.warning(
                "configuration.needs_restart",
                account=old.account,
                settings=list(waiting),
                reason="these are taken when the service starts, and stay as they were until then",
            )
        self.waiting = waiting

    def _refuse(self, faults: Sequence[Fault | str]) -> None:
        self.faults = tuple(faults)
        log.error(
            "configuration.faulty",
            account=self.wiring.config.account,
            faults=[str(fault) for fault in faults],
            reason="the last good one stays in force: run `toprelatie check`",
        )

    def _accept(self) -> None:
        if self.faults:
            log.info("configuration.mended", account=self.wiring.config.account)
        self.faults = ()
