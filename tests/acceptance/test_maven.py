"""A whole public CRM through API and files: revenue equals the sums of its source to the cent."""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from connector.sandbox import Sandbox
from connector.sandbox.load import load_portal
from tests.acceptance.workplace import Workplace
from tests.build.maven import MAPPING, write_layout

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "maven-crm"
EXTRA = (
    "reporting: {currency: USD, timezone: America/New_York}\n"
    "seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n"
)
YEAR = ("--from", "2017-01-01", "--to", "2017-12-31")

# What roams over everything counts no lines: that doubles its time, and tells nothing.
pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    if not SOURCE.exists():
        pytest.skip("the Maven CRM data set is not at hand beside this checkout")
    target = tmp_path_factory.mktemp("maven")
    write_layout(SOURCE, target)
    return target


def sums(column: str) -> dict[str, Decimal]:
    """Won value by the words of the source, computed from nothing but the source."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    with (SOURCE / "sales_pipeline.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["deal_stage"] == "Won":
                found[row[column]] += Decimal(row["close_value"])
    return dict(found)


def by_name(rows: list[dict[str, object]], name: str) -> dict[str, Decimal]:
    return {
        str(row[name]): Decimal(str(row["amount"])) for row in rows if Decimal(str(row["amount"]))
    }


def check(workplace: Workplace) -> None:
    sellers = workplace.report("revenue", *YEAR, "--by", "seller")
    relations = workplace.report("revenue", *YEAR, "--by", "relation")

    assert by_name(sellers, "seller") == sums("sales_agent")
    assert by_name(relations, "name") == sums("account")


def test_revenue_equals_the_source_through_the_api(layout, tmp_path):
    with Sandbox(load_portal(layout), limits=None) as sandbox:
        workplace = Workplace(tmp_path, sandbox.base_url, extra=EXTRA, mapping=MAPPING)
        workplace.set_up()

        first = workplace.sync()
        second = workplace.sync()

    check(workplace)
    assert first.status == "done"
    assert second.found == []


def test_revenue_equals_the_source_through_files(layout, tmp_path):
    workplace = Workplace(tmp_path, "http://127.0.0.1:1", extra=EXTRA, mapping=MAPPING)
    workplace.use_files(layout, tmp_path / "results")

    first = workplace.sync()
    second = workplace.sync()

    check(workplace)
    assert first.status == "done"
    assert second.found == []
    assert (tmp_path / "results" / "companies.csv").exists()
