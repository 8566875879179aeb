"""The runs of an account as its store remembers them, and small state by key."""

from collections.abc import Collection, Mapping
from datetime import datetime

from kpis.records import Rejection
from store import run
from store.engine import Database
from store.run import Run
from store.transaction import Transactions


class RunBook(Transactions):
    """The part of the store that remembers runs."""

    def __init__(self, database: Database, *, account: str) -> None:
        """Of one account in one database; outside any run until one starts."""
        super().__init__(database, account=account)
        self._run_id = 0

    def start_run(self, kind: str, *, started_at: datetime) -> int:
        """Note that a run starts; its number counts up per account from 1."""
        self._run_id = self._save(run.start_run, kind, started_at=started_at)
        return self._run_id

    def finish_run(
        self, run_id: int, *, finished_at: datetime, status: str, counts: Mapping[str, object]
    ) -> None:
        """Note how a run ended; what JSON does not know in `counts` becomes its text."""
        self._save(run.finish_run, run_id, finished_at=finished_at, status=status, counts=counts)
        self._run_id = 0

    def read_runs(self, limit: int = 20) -> list[Run]:
        """Last runs, newest first."""
        return self._read(run.read_runs, limit=limit)

    def read_run(self, run_id: int) -> Run | None:
        """One run; None when there is none of that number."""
        return self._read(run.read_run, run_id)

    def read_run_before(self, run_id: int, *, kind: str, statuses: Collection[str]) -> Run | None:
        """Newest run before another one whose settings are known, of that kind, and ended so."""
        return self._read(run.read_run_before, run_id, kind=kind, statuses=statuses)

    def read_rejections(self, run_id: int | None = None) -> list[Rejection]:
        """Records that a run could not read; of the last run when none is named."""
        return self._read(run.read_rejections, run_id)

    def read_state(self, key: str) -> str | None:
        """Value under that key, None when there is none."""
        return self._read(run.read_state, key)

    def save_state(self, key: str, value: str | None) -> None:
        """Keep a value under that key; None forgets it."""
        self._save(run.save_state, key, value)

    def first_run_under(self, fingerprint: str, *, kind: str, since: datetime) -> int | None:
        """Number of the first run of a kind since a moment that ran under that configuration."""
        return self._read(run.first_run_under, fingerprint, kind=kind, since=since)
