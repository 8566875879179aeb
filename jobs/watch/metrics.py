"""What a monitoring system scrapes, by Prometheus' conventions.

Counters count the runs of this service; gauges are read from the store at each scrape, so that a
run by hand shows in them too. No label holds anything but the account and words from short lists.
"""

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from jobs.watch.cause import STATUSES, Ended
from jobs.watch.glance import Glance
from store.errors import StoreError

START = "toprelatie_"
BUCKETS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
"""Seconds: from a run that finds nothing to a first pull of a large account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is asked at each scrape.

    Attributes:
        glance: what the store says; may raise `StoreError`.
        records: records that the mirror holds, by type; may raise `StoreError`.
        quota_left: calls that may still leave today; None when nobody told.
        has_faults: the configuration as it stands in the files is faulty.
        clock: present moment, aware.
    """

    glance: Callable[[], Glance]
    records: Callable[[], Mapping[str, int]]
    quota_left: Callable[[], int | None]
    has_faults: Callable[[], bool]
    clock: Callable[[], datetime]


class Metrics:
    """Counters of the service, and what is read at each scrape, in a registry of their own.

    Args:
        account: name of the account, the label of all.
        jobs: names of the jobs that can run.
    """

    def __init__(self, account: str, jobs: tuple[str, ...]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, which nobody asks for
        self.registry = CollectorRegistry(auto_describe=False)
        self._account = account
        self._runs = self._counter("runs", "Runs of the service that ended.", "kind", "status")
        self._seconds = Histogram(
            f"{START}run_duration_seconds",
            "How long runs of the service took.",
            ("account", "kind"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._calls = self._counter("crm_calls", "Calls to the CRM.", "kind")
        self._retries = self._counter(
            "crm_retries", "Calls sent again, by what was found.", "status"
        )
        self._rejected = self._counter("records_rejected", "Records that could not be read.")
        self._refused = self._counter("writes_refused", "Records of which values were refused.")
        self._values = self._counter("values_written", "Values written to the CRM.")
        self._at_work = Gauge(
            f"{START}run_in_progress",
            "1 while a run of the service is at work.",
            ("account",),
            registry=self.registry,
        )
        build = Gauge(
            f"{START}build_info",
            "1, with the version of the service and of its Python.",
            ("account", "version", "python"),
            registry=self.registry,
        )
        build.labels(account, _version(), platform.python_version()).set(1)
        self._begin(jobs)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(START + name, text, ("account", *labels), registry=self.registry)

    def _begin(self, jobs: tuple[str, ...]) -> None:
        """Have what can be counted start at 0, so that a first one shows as an increase."""
        for job in jobs:
            self._seconds.labels(self._account, job)
            for status in STATUSES:
                self._runs.labels(self._account, job, status)
        for one in (self._rejected, self._refused, self._values, self._at_work):
            one.labels(self._account)
        self._retries.labels(self._account, "429")

    def begin_run(self) -> None:
        """Note that a run is at work."""
        self._at_work.labels(self._account).set(1)

    def rest(self) -> None:
        """Note that none is."""
        self._at_work.labels(self._account).set(0)

    def end_run(self, ended: Ended) -> None:
        """Count a run that is over."""
        self.rest()
        account, counts = self._account, ended.counts
        self._runs.labels(account, ended.job, ended.status).inc()
        if ended.status != "skipped":
            self._seconds.labels(account, ended.job).observe(ended.seconds)
        for kind, count in counts.get("calls", {}).items():
            self._calls.labels(account, kind).inc(count)
        for status, count in counts.get("retries", {}).items():
            self._retries.labels(account, status).inc(count)
        self._rejected.labels(account).inc(sum(counts.get("rejected", {}).values()))
        self._refused.labels(account).inc(sum(counts.get("refused", {}).values()))
        self._values.labels(account).inc(counts.get("values", 0))

    def watch(self, present: Present) -> None:
        """Have the gauges read at each scrape."""
        self.registry.register(_Gauges(self._account, present))

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """All of it as text, and the content type of that, by what the asker accepts."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type


class _Gauges(Collector):
    """What stands in the store and in the service at the moment of a scrape."""

    def __init__(self, account: str, present: Present) -> None:
        self._account = account
        self._present = present

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield self._one(
            "configuration_faulty",
            "1 while the files are faulty and the last good settings stay in force.",
            int(self._present.has_faults()),
        )
        left = self._present.quota_left()
        if left is not None:
            text = "Calls that may still leave today, the reserve for other apps taken off."
            yield self._one("crm_quota_left_calls", text, left)
        try:
            glance = self._present.glance()
        except StoreError:
            yield self._one("store_up", "1 while the store answers.", 0)
            return
        yield self._one("store_up", "1 while the store answers.", 1)
        yield from self._of_runs(glance)
        yield from self._by_words(glance)
        yield from self._held()

    def _of_runs(self, glance: Glance) -> Iterator[GaugeMetricFamily]:
        now = self._present.clock()
        good, pulled = glance.last_good, glance.last_pulled
        if good is not None and good.finished_at is not None:
            text = "When a run last ended well, in seconds since 1970."
            yield self._one("last_success_timestamp_seconds", text, good.finished_at.timestamp())
        if pulled is not None:
            age_s = max(0.0, (now - pulled.started_at).total_seconds())
            text = "Seconds since the newest pull that ended well began."
            yield self._one("data_age_seconds", text, age_s)
        yield self._one(
            "write_back_paused", "1 while write-back is paused.", int(glance.pause is not None)
        )

    def _by_words(self, glance: Glance) -> Iterator[GaugeMetricFamily]:
        yield self._many(
            "records_lacking",
            "Records that the CRM counts and the mirror neither holds nor can read.",
            "type",
            glance.lacking,
        )
        yield self._many("alerts_firing", "Causes that hold, by kind.", "cause", glance.firing)

    def _held(self) -> Iterator[GaugeMetricFamily]:
        """Counting may take longer than the rest; then it is left out alone."""
        try:
            records = self._present.records()
        except StoreError:
            return
        yield self._many("records_held", "Records in the mirror.", "type", records)

    def _one(self, name: str, text: str, value: float) -> GaugeMetricFamily:
        family = GaugeMetricFamily(START + name, text, labels=("account",))
        family.add_metric((self._account,), value)
        return family

    def _many(self, name: str, text: str, label: str, by: Mapping[str, int]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(START + name, text, labels=("account", label))
        for word, value in by.items():
            family.add_metric((self._account, word), value)
        return family


def _version() -> str:
    try:
        return version("toprelatie")
    except PackageNotFoundError:  # run from the checkout
        return "dev"
