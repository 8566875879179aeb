"""How a command ends: one exit code per kind of trouble (design: commands)."""

from enum import IntEnum

from connector.ports import ConfigError, ConnectorError, TransientCrmError
from mappings.yaml import FileFaultsError
from store.errors import LockHeldError, StoreError


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INVALID = 3
    PARTIAL = 4
    LOCKED = 5
    CHANGE_LIMIT = 6


class SetupMissingError(Exception):
    """Nothing may be written before set-up was run once for this account."""


class ServiceError(Exception):
    """The service cannot start on this machine as it is configured."""


class StoppedError(Exception):
    """The operator asked the run to end; it left a state from which the next one goes on."""


KNOWN_ERRORS = (
    ConnectorError,
    FileFaultsError,
    LockHeldError,
    ServiceError,
    SetupMissingError,
    StoppedError,
    StoreError,
)
"""Errors whose text is written for the operator; anything else is a fault of ours."""


def sentence_of(error: Exception) -> str:
    """What an error says to the operator; of trouble that passes also that nothing is lost."""
    passes = isinstance(error, TransientCrmError)
    return f"{error}: the next run goes on from here" if passes else str(error)


def exit_of(error: Exception) -> Exit:
    """Exit code for an error that ended a command."""
    match error:
        case ConfigError() | FileFaultsError() | SetupMissingError():
            return Exit.INVALID
        case LockHeldError():
            return Exit.LOCKED
        case _:
            return Exit.FAILED
