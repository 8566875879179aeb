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


class UndoError(Exception):
    """There is no such run to undo, or nothing of it that could be put back."""


class ServiceError(Exception):
    """The service cannot start on this machine as it is configured."""


class StoppedError(Exception):
    """The operator asked the run to end; it left a state from which the next one goes on."""


class ChangeLimitError(Exception):
    """The run would change more records than `write_back.change_limit` lets it; nothing is kept."""


KNOWN_ERRORS = (
    ChangeLimitError,
    ConnectorError,
    FileFaultsError,
    LockHeldError,
    ServiceError,
    SetupMissingError,
    StoppedError,
    StoreError,
    UndoError,
)
"""Errors whose text is written for the operator; anything else is a fault of ours."""


GOES_ON = "the next run goes on from here"


def sentence_of(error: Exception) -> str:
    """What an error says to the operator; of trouble that passes also that nothing is lost."""
    text = str(error)
    passes = isinstance(error, TransientCrmError) and GOES_ON not in text
    return f"{text}: {GOES_ON}" if passes else text


def exit_of(error: Exception) -> Exit:
    """Exit code for an error that ended a command."""
    match error:
        case ConfigError() | FileFaultsError() | SetupMissingError():
            return Exit.INVALID
        case LockHeldError():
            return Exit.LOCKED
        case UndoError():
            return Exit.USAGE
        case ChangeLimitError():
            return Exit.CHANGE_LIMIT
        case _:
            return Exit.FAILED
