"""A full pull through the limits and the way of a real account, against the least time it can take.

`python tests/benchmarks/full_pipe.py --companies 2000 10000` serves accounts with 3 contacts and 2
deals per company, with the limits of HubSpot's tiers from Professional on (190 calls in ten
seconds, 150 association batches, 5 searches a second) and 150 ms and more per call, and pulls each
once with the settings that suit that tier. It tells the calls, how many met a limit (none should),
peak memory, and how the wall time of the run compares with two bounds:

- steady: the longest of calls over the rate that is ours after the reserve, per budget, and the
  longest chain of calls that each need the answer to the one before, times the time of a call;
- burst: the same, but a window's calls may leave at once, so that the first window costs nothing;
  no client that keeps the reserve can be faster for the same calls.
"""

import argparse
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from connector.hubspot.settings import HubSpotLimits  # noqa: E402 - the checkout comes first
from tests.acceptance.workplace import Workplace  # noqa: E402
from tests.benchmarks.served_account import Pace, Size, measured, served, told  # noqa: E402

LIMITS = HubSpotLimits(general_per_10s=190, associations_per_10s=150, search_per_s=5)
CONTACTS, DEALS = 3, 2  # per company
ENDS = 2
"""Calls of a chain beside its pages: the account is described before, links are read after."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls of one budget, and how many of them may leave within a window of so many seconds."""

    calls: int
    usable: int
    window_s: float

    @property
    def steady_s(self) -> float:
        """Time that they take at an even rate."""
        return self.calls * self.window_s / self.usable

    @property
    def burst_s(self) -> float:
        """Time until the last can leave when each window's calls leave at once."""
        return max(0, math.ceil(self.calls / self.usable) - 1) * self.window_s


@dataclass(frozen=True, slots=True)
class Pull:
    """One full pull.

    Attributes:
        seconds: of the whole process.
        run_s: from the start of the run to its end, as its record has it.
        refused: calls that met a limit.
        chain: calls of the longest chain.
        steady_s, burst_s: least time (see above).
    """

    companies: int
    records: int
    seconds: float
    run_s: float
    cpu_s: float
    peak_mb: float
    calls: Mapping[str, int]
    least: Mapping[str, int]
    refused: int
    chain: int
    steady_s: float
    burst_s: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--companies", type=int, nargs="+", default=[2_000])
    parser.add_argument("--latency", type=float, default=0.15, help="seconds a call takes")
    parser.add_argument("--jitter", type=float, default=0.05, help="seconds more at the most")
    parser.add_argument("--no-limits", action="store_true", help="for memory at a large size")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    pace = Pace(given.latency, given.jitter, is_limited=not given.no_limits)
    pulls = []
    for companies in given.companies:
        pulls.append(pull(Size(companies, CONTACTS, DEALS), pace))
        if not given.json:
            show(pulls[-1])
    if given.json:
        sys.stdout.write(json.dumps([asdict(one) for one in pulls], indent=2) + "\n")
    elif len(pulls) > 1:
        show_growth(pulls)


def pull(size: Size, pace: Pace) -> Pull:
    """Pull an account of that size into an empty store."""
    with served(size, pace) as base_url, tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(Path(folder), base_url)
        if pace.is_limited:
            _keep_limits(workplace.config)
        done = measured(workplace.command("sync", "--only", "pull"))
        if done.exit_code:
            raise SystemExit(f"exit status {done.exit_code}\n{done.out}\n{done.error}")
        calls: dict[str, int] = told(base_url, "_sandbox/calls?by=type")
        all_calls: dict[str, int] = told(base_url, "_sandbox/calls")
        refused: int = told(base_url, "refused")
        run = json.loads(workplace.run("runs", "show", "1", "--format", "json").stdout)
    started, finished = (datetime.fromisoformat(run[key]) for key in ("started_at", "finished_at"))
    chain = _longest_chain(calls)
    chain_s = chain * (pace.latency_s + pace.jitter_s / 2)
    budgets = _budgets(all_calls) if pace.is_limited else []
    return Pull(
        companies=size.companies,
        records=sum(run["pulled"].values()),
        seconds=done.seconds,
        run_s=(finished - started).total_seconds(),
        cpu_s=done.cpu_s,
        peak_mb=done.peak_mb,
        calls=run["calls"],
        least=run["least_calls"],
        refused=refused,
        chain=chain,
        steady_s=max([chain_s, *(one.steady_s for one in budgets)]),
        burst_s=max([chain_s, *(one.burst_s for one in budgets)]),
    )


def _keep_limits(config: Path) -> None:
    """Put the limits into a configuration that switches them off."""
    text = config.read_text()
    limits = json.dumps(LIMITS.model_dump())
    off = "limits: {enabled: false}"
    if off not in text:
        raise SystemExit(f"{config.name} has no line {off!r}")
    config.write_text(text.replace(off, f"limits: {limits}"))


def _budgets(calls: Mapping[str, int]) -> list[Budget]:
    """Calls that arrived, by the budget that HubSpot counts them on."""
    counts = Counter[str]()
    for name, count in calls.items():
        counts[{"POST search": "search", "POST links": "links"}.get(name, "general")] += count
    share = 1 - LIMITS.reserve_share
    return [
        Budget(counts["general"], math.floor(LIMITS.general_per_10s * share), 10.0),
        Budget(counts["links"], math.floor(LIMITS.associations_per_10s * share), 10.0),
        Budget(counts["search"], math.floor(LIMITS.search_per_s * share), 1.0),
    ]


def _longest_chain(calls: Mapping[str, int]) -> int:
    """Pages of the longest listing or search of one type, for each needs the one before."""
    chained = ("GET list ", "POST search ")
    return ENDS + max(count for name, count in calls.items() if name.startswith(chained))


def show(done: Pull) -> None:
    """Print one pull."""
    sys.stdout.write(
        f"{done.companies:,} companies, {done.records:,} records\n"
        f"  run {done.run_s:.1f} s (process {done.seconds:.1f} s, CPU {done.cpu_s:.1f} s), "
        f"{done.records / done.run_s:,.0f} records/s, peak {done.peak_mb:.0f} MB\n"
        f"  calls {_sum(done.calls)}; met a limit: {done.refused}\n"
        f"  least {_sum(done.least)}\n"
        f"  longest chain {done.chain} calls; bounds: "
        f"{_over('steady', done.run_s, done.steady_s)}; "
        f"{_over('burst', done.run_s, done.burst_s)}\n"
    )
    sys.stdout.flush()


def _over(name: str, run_s: float, bound_s: float) -> str:
    """A bound, and the run over it; without limits and latency there is none."""
    return f"{name} {bound_s:.1f} s, run over it {run_s / bound_s:.2f}" if bound_s else "none"


def _sum(calls: Mapping[str, int]) -> str:
    parts = ", ".join(f"{kind} {count}" for kind, count in sorted(calls.items()) if count)
    return f"{sum(calls.values())}: {parts}"


def show_growth(pulls: Sequence[Pull]) -> None:
    """Print what memory grows by between the smallest and the largest account."""
    small, large = pulls[0], pulls[-1]
    per_record = (large.peak_mb - small.peak_mb) * 1024 / (large.records - small.records)
    sys.stdout.write(
        f"memory: {small.peak_mb:.0f} MB at {small.records:,} records, {large.peak_mb:.0f} MB at "
        f"{large.records:,}: {per_record * 1000:.0f} kB per thousand records\n"
    )


if __name__ == "__main__":
    main()
