"""The page for whoever watches the service names every event and every metric, and no other."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from jobs.watch.cause import KINDS
from jobs.watch.metrics import Metrics

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
LOGGED = re.compile(r'log\.(?:info|warning|error|exception)\(\s*"([a-z_]+\.[a-z_]+)"')
NAMED = re.compile(r"`([a-z_]+\.[a-z_]+)`")
LEFT_OUT_WITHOUT_A_STORE = {
    "toprelatie_crm_quota_left_calls",
    "toprelatie_records_held",
    "toprelatie_records_lacking",
    "toprelatie_data_age_seconds",
    "toprelatie_last_success_timestamp_seconds",
    "toprelatie_write_back_paused",
    "toprelatie_configuration_faulty",
    "toprelatie_alerts_firing",
    "toprelatie_store_up",
}
"""Gauges, of which the acceptance tests hold that they are there."""


def test_page_names_every_event_and_no_other():
    rooms = ("connector", "jobs", "store", "console")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    logged = {name for path in files for name in LOGGED.findall(path.read_text(encoding="utf-8"))}
    events = PAGE.partition("## Logs")[2].partition("| --- |")[2]
    table = [line.split("|")[1] for line in events.splitlines() if line.startswith("| `")]
    named = {name for cell in table for name in NAMED.findall(cell)}

    assert named - {"library.said"} == logged


def test_page_names_every_metric_and_no_other():
    text, _ = Metrics("acme", ("sync",)).exposition()
    families = text_string_to_metric_families(text.decode())
    told = {
        f"{one.name}_total" if one.type == "counter" else one.name
        for one in families
        if not one.name.endswith("_created")
    }
    named = set(re.findall(r"\btoprelatie_[a-z_]+", PAGE))

    assert named == told | LEFT_OUT_WITHOUT_A_STORE


def test_page_names_every_kind_of_cause():
    causes = PAGE.partition("| cause |")[2].partition("##")[0]
    named = re.findall(r"^\| `([a-z_]+)", causes, flags=re.MULTILINE)

    assert sorted(named) == sorted(KINDS)
