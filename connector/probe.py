"""What can be learnt of an account without changing it: what is refused, how much may be called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CallLimit:
    """One limit of calls: what the account has, and what the configuration asks for.

    Attributes:
        name: `calls`, `associations`, `search`, `day`.
        seconds: length of its window; None where it is a day of the account.
        allowed: calls in one window; None when the CRM does not tell.
        is_documented: `allowed` is what the CRM's pages say, since no answer tells it.
        left: calls left in the window; None when the CRM does not tell.
        setting: name of the setting that goes with it, None where there is none.
        asked: what that setting says; None when it is switched off or there is none.
        reserve_share: part of the limit that is left to the account's other apps, 0-1.
        kinds: kinds of calls (`Crm.usage`) that fall under it; empty: all that no other names.
    """

    name: str
    seconds: float | None
    allowed: int | None
    is_documented: bool = False
    left: int | None = None
    setting: str | None = None
    asked: int | None = None
    reserve_share: float = 0.0
    kinds: frozenset[str] = frozenset()

    @property
    def a_second(self) -> float | None:
        """Calls a second that we make at most; None when nothing limits them or it is a day."""
        known = [one for one in (self.allowed, self.asked) if one is not None]
        if self.seconds is None or self.asked is None or not known:
            return None
        return min(known) * (1 - self.reserve_share) / self.seconds


@dataclass(frozen=True, slots=True)
class Probe:
    """What a CRM answered to calls that change nothing.

    Attributes:
        refused: what may not be done, with the reason in words: `write <type>` (values on its
            records), `create <type> properties`.
        limits: the limits of calls; empty where there are none.
        tier: what the account is subscribed to, as far as its limits give it away.
        server_time: the CRM's own clock, aware; None when it does not tell.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[CallLimit, ...] = ()
    tier: str | None = None
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """How many records of a type there are, and how many of them have a value, by field."""

    total: int
    by_field: Mapping[str, int]
