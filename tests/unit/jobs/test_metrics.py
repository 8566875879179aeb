"""What is scraped: figures of runs as they end, gauges as far as they can be read."""

from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families

from jobs.watch.cause import Ended
from jobs.watch.glance import Glance
from jobs.watch.metrics import Metrics, Present
from store.errors import StoreError
from store.run import Run

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
COUNTS = {
    "calls": {"list": 3, "search": 2},
    "retries": {"429": 1},
    "rejected": {"calls": 2, "deals": 1},
    "refused": {"too long": 4},
    "values": 9,
}


def samples_of(metrics: Metrics) -> dict[str, float]:
    """Value of each series, written as it is scraped, without the account."""
    families = text_string_to_metric_families(metrics.exposition()[0].decode())
    return {
        " ".join(
            [one.name, *(v for k, v in sorted(one.labels.items()) if k != "account")]
        ): one.value
        for family in families
        for one in family.samples
    }


def run_at(hour: int, **counts: object) -> Run:
    at = NOW.replace(hour=hour)
    return Run(hour, "sync", at, at + timedelta(minutes=5), "done", counts)


def present(**given) -> Present:
    glance = Glance(
        last=None,
        last_good=run_at(11),
        last_pulled=run_at(10, complete={"deals": {"total": 9, "held": 6, "unreadable": 1}}),
        pause=None,
        firing={"stale": 1, "left_out": 0},
    )
    parts = {
        "glance": lambda: glance,
        "records": lambda: {"deals": 6},
        "quota_left": lambda: None,
        "has_faults": lambda: False,
        "clock": lambda: NOW,
        **given,
    }
    return Present(**parts)


def refuse() -> Glance:
    raise StoreError("store: no answer")


def test_run_that_ended_is_counted_with_all_that_it_did():
    metrics = Metrics("acme", ("sync", "full"))
    for _ in range(2):
        metrics.end_run(Ended(job="sync", status="partial", counts=COUNTS, seconds=7))
    found = samples_of(metrics)

    assert found["toprelatie_runs_total sync partial"] == 2
    assert found["toprelatie_runs_total full done"] == 0
    assert found["toprelatie_run_duration_seconds_sum sync"] == 14
    assert found["toprelatie_run_duration_seconds_bucket sync 5.0"] == 0
    assert found["toprelatie_run_duration_seconds_bucket sync 10.0"] == 2
    assert found["toprelatie_crm_calls_total list"] == 6
    assert found["toprelatie_crm_retries_total 429"] == 2
    assert found["toprelatie_records_rejected_total"] == 6
    assert found["toprelatie_writes_refused_total"] == 8
    assert found["toprelatie_values_written_total"] == 18


def test_run_that_was_skipped_takes_no_part_in_the_durations():
    metrics = Metrics("acme", ("sync",))
    metrics.end_run(Ended(job="sync", status="skipped"))
    found = samples_of(metrics)

    assert found["toprelatie_runs_total sync skipped"] == 1
    assert found["toprelatie_run_duration_seconds_count sync"] == 0


def test_gauges_are_read_at_each_scrape():
    metrics = Metrics("acme", ("sync",))
    metrics.watch(present(quota_left=lambda: 1234, has_faults=lambda: True))
    found = samples_of(metrics)

    assert found["toprelatie_crm_quota_left_calls"] == 1234
    assert found["toprelatie_configuration_faulty"] == 1
    assert found["toprelatie_data_age_seconds"] == 7200
    assert found["toprelatie_last_success_timestamp_seconds"] == 1780311900
    assert found["toprelatie_write_back_paused"] == 0
    assert found["toprelatie_records_held deals"] == 6
    assert found["toprelatie_records_lacking deals"] == 2
    assert found["toprelatie_alerts_firing stale"] == 1
    assert found["toprelatie_alerts_firing left_out"] == 0


def test_numbers_of_records_that_take_too_long_are_left_out_alone():
    metrics = Metrics("acme", ("sync",))
    metrics.watch(present(records=refuse))
    found = samples_of(metrics)

    assert found["toprelatie_store_up"] == 1
    assert found["toprelatie_records_lacking deals"] == 2
    assert "toprelatie_records_held deals" not in found


def test_quota_that_nobody_told_is_left_out():
    metrics = Metrics("acme", ("sync",))
    metrics.watch(present())

    assert "toprelatie_crm_quota_left_calls" not in samples_of(metrics)


def test_form_follows_what_the_asker_accepts():
    metrics = Metrics("acme", ("sync",))
    open_metrics, kind = metrics.exposition("application/openmetrics-text; version=1.0.0")

    assert kind.startswith("application/openmetrics-text")
    assert open_metrics.endswith(b"# EOF\n")
    assert metrics.exposition()[1].startswith("text/plain")


def test_version_of_the_service_is_told():
    assert any(
        name.startswith("toprelatie_build_info ") and value == 1
        for name, value in samples_of(Metrics("acme", ())).items()
    )
