"""A CRM that says everything in the plainest way, and time that passes only when waited for."""

from collections.abc import Mapping
from contextlib import suppress

from connector.http import ErrorDetail, LimitReading, Payload


class PlainDialect:
    def wait_of(self, status: int, headers: Mapping[str, str], payload: Payload) -> float | None:
        with suppress(KeyError, ValueError):
            return float(headers["Retry-After"])
        return None

    def explain(self, status: int, payload: Payload) -> ErrorDetail:
        return ErrorDetail(
            message=str(payload.get("message", "")),
            missing_scopes=tuple(payload.get("scopes", ())),
            correlation_id=payload.get("correlation"),
            policy=payload.get("policy"),
            is_daily=payload.get("policy") == "DAILY",
        )

    def limits_of(self, headers: Mapping[str, str]) -> LimitReading | None:
        if "Daily-Left" not in headers and "Max" not in headers:
            return None

        def number(name: str) -> int | None:
            return int(headers[name]) if name in headers else None

        return LimitReading(
            calls_max=number("Max"),
            calls_left=number("Left"),
            daily_max=number("Daily-Max"),
            daily_left=number("Daily-Left"),
        )


class FakeTime:
    """Stands still but for the waits, which it notes."""

    def __init__(self, start: float = 1000.0) -> None:
        self.now = start
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
