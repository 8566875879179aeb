"""Who keeps the service is told of each cause once, and once when it is over.

What was told stands in the store, so that a restart repeats nothing. A message that could not be
delivered is tried again with the next look, and keeps nothing from running.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog
from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError

from connector.http.webhook import WebhookError
from connector.ports import ConfigError
from jobs.exits import ServiceError
from jobs.watch.cause import KINDS, kind_of
from store.errors import StoreError
from store.store import Store

log = structlog.get_logger()

ALERTS_KEY = "alerts"
QUIET = timedelta(hours=1)
"""A cause that comes and goes is told at most once in this time."""

MOST_AT_ONCE = 20
"""Messages of one look; what is left is told with the next."""

State = Literal["firing", "over"]
Message = dict[str, str | int | None]
Post = Callable[[Message], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One cause that holds, or did not long ago.

    Attributes:
        since: when it began to hold.
        told: what was last told of it.
        told_at: when it was last told that it holds.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    text: str
    since: AwareDatetime
    is_firing: bool = True
    told: State | None = None
    told_at: AwareDatetime | None = None

    def due(self, now: datetime) -> State | None:
        """What is to be told of it by now."""
        if not self.is_firing:
            return "over" if self.told == "firing" else None
        return None if self.told == "firing" or self._was_just_told(now) else "firing"

    def is_past(self, now: datetime) -> bool:
        """Whether it need not be remembered any more."""
        return not self.is_firing and self.told != "firing" and not self._was_just_told(now)

    def _was_just_told(self, now: datetime) -> bool:
        """Whether it was told too lately to be told again; a clock set back makes nobody wait."""
        return self.told_at is not None and timedelta(0) <= now - self.told_at < QUIET


Memory = Mapping[str, Alert]
"""Alert by cause."""

_FORM = TypeAdapter(dict[str, Alert])


def remembered(
    memory: Memory, causes: Mapping[str, str], judged: frozenset[str], *, now: datetime
) -> dict[str, Alert]:
    """Memory after a look.

    Args:
        memory: what was known before.
        causes: text of each cause that holds.
        judged: kinds and causes of which it is known whether they hold.
        now: moment of the look.
    """
    found = dict(memory)
    for cause, text in causes.items():
        before = found.get(cause)
        if before is None:
            found[cause] = Alert(text=text, since=now)
        elif not before.is_firing:
            found[cause] = replace(before, text=text, since=now, is_firing=True)
    for cause, alert in memory.items():
        if cause not in causes and not judged.isdisjoint({cause, kind_of(cause)}):
            found[cause] = replace(alert, is_firing=False)
    return {cause: alert for cause, alert in found.items() if not alert.is_past(now)}


def firing_by_kind(memory: Memory) -> dict[str, int]:
    """How many causes of each kind hold."""
    firing = [kind_of(cause) for cause, alert in memory.items() if alert.is_firing]
    return {kind: firing.count(kind) for kind in KINDS}


def read_alerts(store: Store) -> dict[str, Alert]:
    """What is remembered; what another version wrote tells nothing.

    Raises:
        StoreError: the store does not answer.
    """
    try:
        return _FORM.validate_json(store.read_state(ALERTS_KEY) or "{}")
    except ValidationError:
        return {}


class Alerts:
    """Remembers causes and tells them; one look at a time.

    Args:
        account: name of the account in messages.
        store: where it is remembered.
        clock: present moment, aware.
    """

    def __init__(self, account: str, store: Store, *, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._memory: dict[str, Alert] = {}
        self._was_read = False
        self._is_kept = True

    def look(
        self,
        causes: Mapping[str, str],
        judged: frozenset[str],
        *,
        run_id: int | None,
        post: Post | None,
    ) -> None:
        """Remember what holds and tell what is due; nothing that fails here goes further.

        Args:
            causes: text of each cause that holds.
            judged: kinds and causes of which it is known whether they hold.
            run_id: run that this comes from; None: it was found between runs.
            post: delivers a message; None: nobody is to be told.
        """
        with self._lock:
            before, now = self._read(), self._clock()
            self._keep(before, remembered(before, causes, judged, now=now))
            _log_changes(before, self._memory)
            if post is not None:
                self._tell(now, run_id, post)

    def _tell(self, now: datetime, run_id: int | None, post: Post) -> None:
        """Tell what is due, up to the first message that is not taken."""
        due = [(cause, one.due(now)) for cause, one in self._memory.items()]
        for cause, state in [(cause, state) for cause, state in due if state][:MOST_AT_ONCE]:
            alert = self._memory[cause]
            try:
                post(self.message(cause, alert, state, run_id=run_id))
            except (WebhookError, ConfigError) as error:
                log.warning("alert.not_delivered", cause=cause, state=state, reason=str(error))
                return
            log.info("alert.delivered", cause=cause, state=state)
            told_at = now if state == "firing" else alert.told_at
            told = replace(alert, told=state, told_at=told_at)
            self._keep(self._memory, {**self._memory, cause: told})

    def message(self, cause: str, alert: Alert, state: State, *, run_id: int | None) -> Message:
        """What is delivered; `text` alone is what a chat shows."""
        over = "over: " if state == "over" else ""
        return {
            "account": self._account,
            "state": state,
            "cause": cause,
            "text": f"toprelatie {self._account}: {over}{alert.text}",
            "since": alert.since.isoformat(),
            "run_id": run_id,
        }

    def _read(self) -> dict[str, Alert]:
        """What the store remembers; what this process knows better, while the store was away."""
        if self._is_kept or not self._was_read:
            try:
                found = read_alerts(self._store)
            except StoreError as error:
                log.warning("alert.not_kept", reason=str(error))
            else:
                self._memory = found if self._is_kept else found | self._memory
                self._was_read = True
        return self._memory

    def _keep(self, before: Memory, memory: dict[str, Alert]) -> None:
        self._memory = memory
        if memory == before and self._is_kept:
            return
        try:
            self._store.save_state(ALERTS_KEY, _FORM.dump_json(memory).decode())
            self._is_kept = True
        except StoreError as error:
            self._is_kept = False
            log.warning("alert.not_kept", reason=str(error))


def send_trial(account: str, post: Post, *, now: datetime) -> None:
    """Send one message that says that it is a trial.

    Raises:
        ConfigError: there is no address.
        ServiceError: it was not taken.
    """
    message: Message = {
        "account": account,
        "state": "over",
        "cause": "trial",
        "text": f"toprelatie {account}: this is a trial: alerts of this service arrive here",
        "since": now.isoformat(),
        "run_id": None,
    }
    try:
        post(message)
    except WebhookError as error:
        raise ServiceError(str(error)) from None


def _log_changes(before: Memory, after: Memory) -> None:
    """Say in the log what began to hold and what is over."""
    was = {cause for cause, alert in before.items() if alert.is_firing}
    for cause, alert in after.items():
        if alert.is_firing and cause not in was:
            log.warning("alert.firing", cause=cause, found=alert.text)
    for cause in sorted(was):
        if cause not in after or not after[cause].is_firing:
            log.info("alert.over", cause=cause, since=before[cause].since.isoformat())
