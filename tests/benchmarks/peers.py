"""A full pull beside other programs that pull from the same CRM, paired in one run.

`python tests/benchmarks/peers.py --peers DIR` serves one account without limits or latency, so that
the clients are compared and not the service, and lets everybody pull it in turn (A B C A B C). DIR
holds an environment per peer (`official`, `dlt`, `tap`, `meltano`) and `src/sources`, as
shared/bench/peers/README.md says; what is missing there is left out and named.

Not the same work: ours and `dlt to duckdb` end in a database, the others in memory or in a file.
Ours reads links, past values and splits in calls of their own and keeps what it compared; it prints
which. Seconds are of the whole process, start included; `work` leaves the start out. On a
machine that does other things too, the ratio of CPU seconds is the steady one.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.acceptance.workplace import Workplace  # noqa: E402 - the checkout must be found first
from tests.benchmarks.served_account import Measured, Pace, Size, measured, served  # noqa: E402

RUNNERS = ROOT.parent / "shared" / "bench" / "peers"
TOKEN = "sandbox-token"
OURS = "toprelatie sync --only pull"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another program: its environment, the runner that starts it, and what it cannot do without.

    Attributes:
        is_slow: seconds to minutes longer than all others; asked for by `--slow`.
    """

    name: str
    environment: str
    words: tuple[str, ...]
    needs: str = ""
    is_slow: bool = False


INLINE, BATCH = ("--assoc", "inline"), ("--assoc", "batch")
SOURCE = ("run_dlt.py", "--source-dir", "{peers}/src/sources")
NEEDED = "src/sources/hubspot"
PEERS = (
    Peer("official client, inline links", "official", ("run_official_client.py", *INLINE)),
    Peer("official client, batch links", "official", ("run_official_client.py", *BATCH)),
    Peer("dlt, source only", "dlt", (*SOURCE, "--dest", "none"), NEEDED),
    Peer("dlt to duckdb, jsonl", "dlt", (*SOURCE, "--loader-format", "jsonl"), NEEDED),
    Peer("dlt to duckdb, stock", "dlt", SOURCE, NEEDED),
    Peer("MeltanoLabs tap, no links", "meltano", ("run_tap.py", "--variant", "meltano")),
    Peer(
        "singer-io tap, contacts alone",
        "tap",
        ("run_tap.py", "--variant", "singer", "--streams", "contacts"),
        is_slow=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Round:
    """One pull.

    Attributes:
        seconds: of the whole process, its start included.
        work_s: seconds without the start, as the program itself measured them.
        work_cpu_s: CPU seconds without those of the start.
        told: what the program said that it did.
    """

    name: str
    seconds: float
    work_s: float
    cpu_s: float
    work_cpu_s: float
    peak_mb: float
    records: int
    told: dict[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One program over all rounds; ratios are medians of ours over theirs, round by round."""

    name: str
    seconds: float
    work_s: float
    cpu_s: float
    work_cpu_s: float
    peak_mb: float
    records: int
    speed_ratio: float
    work_speed_ratio: float
    cpu_speed_ratio: float
    memory_ratio: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peers", type=Path, required=True, help="folder of the environments")
    parser.add_argument("--runners", type=Path, default=RUNNERS, help="folder of the runners")
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="part of the names of the peers to run")
    parser.add_argument("--slow", action="store_true", help="the slow peers too")
    parser.add_argument("--set-up", action="store_true", help="ours with all properties of ours")
    parser.add_argument("--json", action="store_true", help="for programs instead of people")
    given = parser.parse_args()
    size = Size(given.companies)
    wanted = [one for one in PEERS if given.only in one.name and (given.slow or not one.is_slow)]
    left_out = {one.name: lacks for one in wanted if (lacks := _lacking(one, given))}
    peers = [one for one in wanted if one.name not in left_out]
    with served(size, Pace()) as base_url:
        rounds = take_rounds(base_url, peers, given)
    rows = compared(rounds)
    if given.json:
        body = {
            "account": asdict(size),
            "rows": [asdict(row) for row in rows],
            "rounds": [[asdict(one) for one in taken] for taken in rounds],
            "left_out": left_out,
        }
        sys.stdout.write(json.dumps(body, indent=2) + "\n")
        return
    print_rows(rows, size, rounds[-1][0].told, left_out)


def _lacking(peer: Peer, given: argparse.Namespace) -> str:
    """What a peer lacks to be run; empty when it lacks nothing."""
    needed = [
        given.runners / peer.words[0],
        given.peers / peer.environment / "bin" / "python",
        given.peers / peer.needs,
    ]
    return ", ".join(f"{one} is not there" for one in needed if not one.exists())


def take_rounds(
    base_url: str, peers: Sequence[Peer], given: argparse.Namespace
) -> list[list[Round]]:
    """All programs in turn, as often as asked; ours is the first of each round."""
    tries: list[Callable[[], Round]] = [lambda: pull_ours(base_url, is_set_up=given.set_up)]
    tries += [lambda peer=one: pull_theirs(base_url, peer, given) for one in peers]  # type: ignore[misc]
    rounds = []
    for number in range(given.rounds):
        taken = []
        for pull in tries:
            one = pull()
            taken.append(one)
            sys.stderr.write(f"round {number + 1}: {one.name}: {one.seconds:.1f} s\n")
        rounds.append(taken)
    return rounds


def pull_ours(base_url: str, *, is_set_up: bool) -> Round:
    """A full pull into an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(Path(folder), base_url)
        if is_set_up:
            workplace.set_up()
        done = measured(workplace.command("sync", "--only", "pull"))
        _check(OURS, done)
        start = measured(workplace.command("runs", "show", "1", "--format", "json"))
    run = json.loads(start.out)
    started, finished = (datetime.fromisoformat(run[key]) for key in ("started_at", "finished_at"))
    return Round(
        name=OURS,
        seconds=done.seconds,
        work_s=(finished - started).total_seconds(),
        cpu_s=done.cpu_s,
        work_cpu_s=done.cpu_s - start.cpu_s,  # what a command takes that has next to nothing to do
        peak_mb=done.peak_mb,
        records=sum(run["pulled"].values()),
        told=run,
    )


def pull_theirs(base_url: str, peer: Peer, given: argparse.Namespace) -> Round:
    """A full pull by a peer."""
    runner, *words = (word.format(peers=given.peers.absolute()) for word in peer.words)
    python = given.peers.absolute() / peer.environment / "bin" / "python"
    command = [str(python), str(given.runners.absolute() / runner), *words]
    with tempfile.TemporaryDirectory() as folder:
        done = measured([*command, "--base-url", base_url, "--token", TOKEN], folder=Path(folder))
    _check(peer.name, done)
    told = json.loads(done.out.splitlines()[-1])
    return Round(
        name=peer.name,
        seconds=done.seconds,
        work_s=told["seconds"],
        cpu_s=done.cpu_s,
        work_cpu_s=told["cpu_seconds"],
        peak_mb=done.peak_mb,
        records=told["records_total"],
        told=told,
    )


def _check(name: str, done: Measured) -> None:
    if done.exit_code:
        raise SystemExit(f"{name}: exit status {done.exit_code}\n{done.out}\n{done.error}")


def compared(rounds: Sequence[Sequence[Round]]) -> list[Row]:
    """One row per program; rates are over records, for not all pull all of them."""
    rows = []
    for takes in zip(*rounds, strict=True):
        pairs = [(taken[0], one) for taken, one in zip(rounds, takes, strict=True)]
        rows.append(
            Row(
                name=takes[0].name,
                seconds=median(one.seconds for one in takes),
                work_s=median(one.work_s for one in takes),
                cpu_s=median(one.cpu_s for one in takes),
                work_cpu_s=median(one.work_cpu_s for one in takes),
                peak_mb=median(one.peak_mb for one in takes),
                records=takes[0].records,
                speed_ratio=_faster(pairs, lambda one: one.seconds),
                work_speed_ratio=_faster(pairs, lambda one: one.work_s),
                cpu_speed_ratio=_faster(pairs, lambda one: one.work_cpu_s),
                memory_ratio=median(ours.peak_mb / one.peak_mb for ours, one in pairs),
            )
        )
    return rows


def _faster(pairs: Sequence[tuple[Round, Round]], seconds: Callable[[Round], float]) -> float:
    """Our rate over theirs: the median of the pairs."""
    return median(
        (ours.records / seconds(ours)) / (one.records / seconds(one)) for ours, one in pairs
    )


def print_rows(
    rows: Sequence[Row], size: Size, ours: dict[str, object], left_out: dict[str, str]
) -> None:
    """Print the table, our calls, and who was left out."""
    out = sys.stdout
    out.write(
        f"{size.records:,} records. Ours over theirs: records a second of the whole process, "
        "without its start,\nand a second of CPU without its start (above 1 we are faster); "
        "peak memory (below 1 we take less).\n\n"
    )
    out.write(
        f"{'':32}{'s':>8}{'work s':>8}{'CPU s':>8}{'work CPU':>9}{'rec/s':>9}{'work r/s':>9}"
        f"{'peak MB':>9}{'speed':>8}{'w/o start':>10}{'CPU':>7}{'memory':>8}\n"
    )
    for row in rows:
        out.write(
            f"{row.name:32}{row.seconds:8.1f}{row.work_s:8.1f}{row.cpu_s:8.1f}{row.work_cpu_s:9.1f}"
            f"{row.records / row.seconds:9,.0f}{row.records / row.work_s:9,.0f}{row.peak_mb:9.0f}"
            f"{row.speed_ratio:8.2f}{row.work_speed_ratio:10.2f}{row.cpu_speed_ratio:7.2f}"
            f"{row.memory_ratio:8.2f}\n"
        )
    out.write(f"\nour calls: {ours['calls']}\nleast:     {ours['least_calls']}\n")
    for name, reason in left_out.items():
        out.write(f"left out: {name}: {reason}\n")


if __name__ == "__main__":
    main()
