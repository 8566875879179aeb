"""One number written to every company: our write path beside the official client, paired.

`python tests/benchmarks/write_back.py --peers DIR` serves one account without limits or latency.
Ours sends the changes and saves the answer to each in a store that holds the account; the official
client (one thread, four threads) sends them and counts the answers. All write the same number to
the same property, after one write that is not counted; seconds are of the writing alone, as each
process measured them itself. DIR as for `peers.py`.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from jobs.difference import Difference  # noqa: E402 - the checkout must be found first
from jobs.wiring import open_wiring  # noqa: E402
from jobs.write_back import write_changes  # noqa: E402
from tests.acceptance.workplace import TOKEN, Workplace, silent  # noqa: E402
from tests.benchmarks.peers import RUNNERS  # noqa: E402
from tests.benchmarks.served_account import FIRST, Measured, Pace, Size, measured, served  # noqa: E402

PREFIX, NAME = "peer_bench_", "score"
OURS = "toprelatie, answers saved"
DEFINITION = {
    "name": PREFIX + NAME,
    "label": NAME,
    "type": "number",
    "fieldType": "number",
    "groupName": "companyinformation",
}


@dataclass(frozen=True, slots=True)
class Writing:
    """One writing of all companies."""

    name: str
    seconds: float
    cpu_s: float
    peak_mb: float
    rows: int

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peers", type=Path, default=Path("peers"))
    parser.add_argument("--runners", type=Path, default=RUNNERS)
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)  # of the measured process
    given = parser.parse_args()
    if given.write:
        write(given.write, given.companies)
        return
    with (
        served(Size(given.companies, 0, 0), Pace()) as base_url,
        tempfile.TemporaryDirectory() as folder,
    ):
        _create_property(base_url)
        extra = f"write_back: {{prefix: {PREFIX}}}\n"
        workplace = Workplace(Path(folder), base_url, extra=extra)
        pulled = measured(workplace.command("sync", "--only", "pull"))
        _check("pull", pulled)
        rounds = take_rounds(base_url, workplace, given)
    show(rounds, is_json=given.json)


def write(config: Path, companies: int) -> None:
    """Write all companies in this process and print how long it took."""
    wiring = open_wiring(config)
    capabilities = wiring.crm.describe().capabilities
    ids = range(FIRST["companies"], FIRST["companies"] + companies)
    found = [Difference("companies", str(one), NAME, "", str(one % 100)) for one in ids]
    before, cpu_before = time.perf_counter(), time.process_time()
    written = write_changes(
        wiring.crm,
        wiring.store,
        found,
        batch=capabilities.write_batch,
        side_by_side=capabilities.side_by_side,
        stop=threading.Event(),
        progress=silent,
    )
    seconds, cpu_s = time.perf_counter() - before, time.process_time() - cpu_before
    wiring.close()
    if written.records < companies:
        raise SystemExit(f"wrote {written.records} of {companies} records: {written.refused}")
    told = {"seconds": seconds, "cpu_seconds": cpu_s, "records_total": written.records}
    sys.stdout.write(json.dumps(told) + "\n")


def take_rounds(
    base_url: str, workplace: Workplace, given: argparse.Namespace
) -> list[list[Writing]]:
    """All in turn, once more than asked: the first round sets the values and is not counted."""
    ours = [sys.executable, __file__, "--write", str(workplace.config)]
    commands = {OURS: [*ours, "--companies", str(given.companies)]}
    python, runner = given.peers / "official/bin/python", given.runners / "run_official_client.py"
    if python.exists() and runner.exists():
        official = [str(python.absolute()), str(runner.absolute()), "--base-url", base_url]
        official += ["--token", TOKEN, "--mode", "writeback", "--property", PREFIX + NAME]
        for threads in ("1", "4"):
            commands[f"official client, threads: {threads}"] = [*official, "--threads", threads]
    else:
        sys.stderr.write(f"left out: official client: {python} or {runner} is not there\n")
    rounds = [
        [take(name, command) for name, command in commands.items()] for _ in range(given.rounds + 1)
    ]
    return rounds[1:]


def take(name: str, command: Sequence[str]) -> Writing:
    """Let one process write."""
    done = measured(command)
    _check(name, done)
    told = json.loads(done.out.splitlines()[-1])
    return Writing(name, told["seconds"], told["cpu_seconds"], done.peak_mb, told["records_total"])


def show(rounds: Sequence[Sequence[Writing]], *, is_json: bool) -> None:
    """Print the medians, and ours over theirs as median of the rounds."""
    rows = []
    for takes in zip(*rounds, strict=True):
        pairs = [(taken[0], one) for taken, one in zip(rounds, takes, strict=True)]

        def middle(of: Callable[[Writing], float], takes: Sequence[Writing] = takes) -> float:
            return median(of(one) for one in takes)

        rows.append(
            {
                "name": takes[0].name,
                "rows": takes[0].rows,
                "seconds": middle(lambda one: one.seconds),
                "rows_per_second": middle(lambda one: one.rate),
                "cpu_s": middle(lambda one: one.cpu_s),
                "peak_mb": middle(lambda one: one.peak_mb),
                "ours_over_theirs": median(ours.rate / one.rate for ours, one in pairs),
                "ours_over_theirs_cpu": median(
                    (ours.rows / ours.cpu_s) / (one.rows / one.cpu_s) for ours, one in pairs
                ),
            }
        )
    if is_json:
        body = {"rows": rows, "rounds": [[asdict(one) for one in taken] for taken in rounds]}
        sys.stdout.write(json.dumps(body, indent=2) + "\n")
        return
    sys.stdout.write(
        f"{'':30}{'rows':>8}{'s':>8}{'CPU s':>8}{'rows/s':>9}{'peak MB':>9}"
        f"{'ours/theirs':>13}{'by CPU':>8}\n"
    )
    for row in rows:
        sys.stdout.write(
            f"{row['name']:30}{row['rows']:8}{row['seconds']:8.2f}{row['cpu_s']:8.2f}"
            f"{row['rows_per_second']:9,.0f}{row['peak_mb']:9.0f}"
            f"{row['ours_over_theirs']:13.2f}{row['ours_over_theirs_cpu']:8.2f}\n"
        )


def _create_property(base_url: str) -> None:
    body, headers = json.dumps(DEFINITION).encode(), {"Authorization": f"Bearer {TOKEN}"}
    call = Request(f"{base_url}/crm/v3/properties/companies", data=body, headers=headers)  # noqa: S310 - on loopback
    with urlopen(call, timeout=60):  # noqa: S310 - on loopback
        pass


def _check(name: str, done: Measured) -> None:
    if done.exit_code:
        raise SystemExit(f"{name}: exit status {done.exit_code}\n{done.out}\n{done.error}")


if __name__ == "__main__":
    main()
