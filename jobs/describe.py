"""What the CRM says of the account, asked for at most hourly, and kept for what computing needs."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from pydantic import TypeAdapter, ValidationError

from connector.ports import ConfigError, Description
from jobs.basis import WORDS_KEY, fingerprint, words_of
from jobs.wiring import Wiring
from store.store import Store

log = structlog.get_logger()

ACCOUNT_KEY = "account_id"
DESCRIPTION_KEY = "description"
UNKNOWN_KEY = "unknown_words"

DESCRIBED_FOR = timedelta(hours=1)
"""So long what the account says of itself is taken to hold, by whichever process asked."""

_DESCRIPTION: TypeAdapter[Description] = TypeAdapter(Description)


def describe(wiring: Wiring, *, fresh: bool = False) -> tuple[Description, bool]:
    """Describe the account, by what it said within the last hour unless `fresh`.

    Returns the description and whether it was asked for just now.

    Raises:
        ConfigError: the token opens another account than the one this store mirrors.
    """
    recent = None if fresh else _recent(wiring)
    if recent is not None:
        return wiring.crm.describe(recent=recent), False
    return describe_anew(wiring), True


def describe_anew(wiring: Wiring) -> Description:
    """Ask the CRM what it is and keep what computing needs of it.

    Raises:
        ConfigError: the token opens another account than the one this store mirrors.
    """
    store = wiring.store
    description = wiring.crm.describe(is_fresh=True)
    known = store.read_state(ACCOUNT_KEY)
    if known is not None and known != description.account_id:
        raise ConfigError(
            f"{wiring.config.account}: this store mirrors CRM account {known}, but the token opens "
            f"account {description.account_id}: use the right token, or another store"
        )
    store.save_state(ACCOUNT_KEY, description.account_id)
    store.save_description(
        owners=description.owners,
        stages=description.stages,
        rates=description.rates,
        currency=description.currency,
        readable=description.capabilities.readable,
    )
    words = json.dumps(words_of(description, wiring.mapping), sort_keys=True)
    store.save_state(WORDS_KEY, words)
    kept = {
        "at": wiring.clock().isoformat(),
        "by": _asker(wiring),
        # names of owners stand in their own table, and nowhere else
        "description": _DESCRIPTION.dump_python(replace(description, owners=()), mode="json"),
    }
    store.save_state(DESCRIPTION_KEY, json.dumps(kept))
    return description


def describe_unknown(wiring: Wiring) -> bool:
    """Ask again when records name owners or stages that the account did not tell of.

    Returns whether it was asked; the same unknown words are not asked about twice.
    """
    unknown = json.dumps(wiring.store.read_unknown_words())
    if unknown == (wiring.store.read_state(UNKNOWN_KEY) or "[]"):
        return False
    wiring.store.save_state(UNKNOWN_KEY, unknown)
    if unknown == "[]":
        return False
    log.info("description.outdated", words=len(json.loads(unknown)))
    forget_description(wiring.store)
    describe_anew(wiring)
    wiring.store.save_state(UNKNOWN_KEY, json.dumps(wiring.store.read_unknown_words()))
    return True


def forget_description(store: Store) -> None:
    """Have the next run ask again."""
    store.save_state(DESCRIPTION_KEY, None)


def _asker(wiring: Wiring) -> str:
    """By whom and for which mapping it was asked: words of the mapping are kept with it."""
    return fingerprint(wiring.crm.identity(), wiring.fingerprint)


def _recent(wiring: Wiring) -> Description | None:
    """What was said within the last hour; None when it cannot be relied upon."""
    kept = json.loads(wiring.store.read_state(DESCRIPTION_KEY) or "{}")
    if kept.get("by") != _asker(wiring):
        return None
    age = wiring.clock() - datetime.fromisoformat(kept["at"])
    if not timedelta() <= age < DESCRIBED_FOR:
        return None
    try:
        found = _DESCRIPTION.validate_python(kept["description"])
    except ValidationError:  # kept by another version
        return None
    return replace(found, owners=wiring.store.read_owners())
