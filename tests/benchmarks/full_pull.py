"""Full pull of a large account: calls beside the least possible number, records a second, memory.

`python tests/benchmarks/full_pull.py --companies 10000` starts the look-alike in a process of its
own with 3 contacts, 2 deals and 6 activities per company, and measures `toprelatie sync --only
pull` as a process from outside, then the write-back of a whole run and a second run without change.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from connector.sandbox import Portal, Sandbox  # noqa: E402 - the checkout must be found first
from tests.acceptance.workplace import Workplace  # noqa: E402

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STAGES = [
    ("appointmentscheduled", "Appointment", "0.2", False),
    ("qualifiedtobuy", "Qualified", "0.4", False),
    ("contractsent", "Contract sent", "0.9", False),
    ("closedwon", "Won", "1.0", True),
    ("closedlost", "Lost", "0.0", True),
]
KINDS = ("calls", "meetings", "emails", "tasks", "notes", "communications")


def build(companies: int) -> Portal:
    """Account with 12 records per company, all linked to it."""
    portal = Portal()
    for owner in range(1, 11):
        portal.add_owner(str(owner), "Seller", str(owner), f"s{owner}@example.com")
    portal.add_pipeline("default", "Sales", STAGES)
    for number in range(1, companies + 1):
        company, seller = str(number), str(number % 10 + 1)
        at = BEGIN + timedelta(minutes=number % 50_000)
        values = {
            "name": f"Company {number}",
            "industry": f"S{number % 20}",
            "hubspot_owner_id": seller,
        }
        portal.add_record("companies", company, values, at=at)
        for extra in range(3):
            contact = str(number * 10 + extra)
            portal.add_record(
                "contacts", contact, {"jobtitle": "Inkoper", "email": "a@b.nl"}, at=at
            )
            portal.associate("contacts", contact, "companies", company, "Primary")
        for extra in range(2):
            deal = str(number * 10 + extra)
            stage = STAGES[(number + extra) % 5][0]
            amount = {"amount": str(1000 + number % 977), "pipeline": "default", "dealstage": stage}
            portal.add_record("deals", deal, {**amount, "hubspot_owner_id": seller}, at=at)
            portal.associate("deals", deal, "companies", company, "Primary")
        for kind in KINDS:
            times = {"hs_timestamp": f"{at:%Y-%m-%dT%H:%M:%S}Z", "hubspot_owner_id": seller}
            portal.add_record(kind, company, times, at=at)
            portal.associate(kind, company, "companies", company)
            portal.associate(kind, company, "deals", str(number * 10))
    return portal


def serve(companies: int, latency_s: float) -> None:
    """Serve until told to end; the first line printed is the address."""
    with Sandbox(build(companies), limits=None, latency_s=latency_s, routes=()) as sandbox:
        sys.stdout.write(sandbox.base_url + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


def measured(workplace: Workplace, *words: str) -> tuple[float, float, str]:
    """Seconds and peak memory (MB) of one command, and what it printed."""
    before = time.perf_counter()
    with subprocess.Popen(
        workplace.command(*words),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        out, error = process.communicate()
        if process.returncode not in {0, 4}:
            raise SystemExit(error)
    seconds = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, peak, out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--serve", action="store_true")
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.companies, arguments.latency)
        return
    command = [sys.executable, __file__, "--serve", "--companies", str(arguments.companies)]
    command += ["--latency", str(arguments.latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        base_url = server.stdout.readline().strip()
        try:
            measure(base_url, arguments.companies)
        finally:
            os.kill(server.pid, signal.SIGTERM)


def measure(base_url: str, companies: int) -> None:
    """Pull, whole run, run at rest."""
    records = companies * 12
    with tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(Path(folder), base_url)
        workplace.set_up()
        rows = [
            ("full pull", ("sync", "--only", "pull")),
            ("first run", ("sync",)),
            ("second run", ("sync",)),
            ("third run", ("sync",)),
        ]
        for name, words in rows:
            seconds, peak, out = measured(workplace, *words)
            rate = f", {records / seconds:.0f} records/s" if name == "full pull" else ""
            sys.stdout.write(f"{name}: {seconds:.1f} s{rate}, peak {peak:.0f} MB\n{out}\n")
            sys.stdout.flush()
        sys.stdout.write(json.dumps({"companies": companies, "records": records}) + "\n")


if __name__ == "__main__":
    main()
