"""Soak many seeds: `python -m tests.soak --seeds 0-199`; see the options for more."""

import argparse
import sys
import tempfile
import traceback
from pathlib import Path

from tests.soak.kill import soak_and_kill
from tests.soak.soak import CHANGES, Options, Result, soak

SHOWN = 12


def main() -> int:
    """Run all seeds and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seeds", default="0-9", help="one, or the first and the last")
    parser.add_argument("--changes", type=int, default=CHANGES)
    parser.add_argument("--shown", type=int, default=SHOWN, help="differences told of each seed")
    parser.add_argument("--kill", action="store_true", help="kill the service as a process")
    parser.add_argument("--ends-full", action="store_true", help="end with a full run")
    parser.add_argument("--spent", action="store_true", help="tell where the time went")
    parser.add_argument("--skew", action="store_true", help="give the service a wrong clock")
    parser.add_argument("--without", default="", help="changes that do not happen, with commas")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    wrong = []
    _say("seed  seconds  of cpu  runs  failed  faults  kills  in runs  result")
    for seed in range(int(first), int(last or first) + 1):
        result = _soaked(seed, asked)
        _say(_line(result))
        if asked.spent:
            _say("      " + ", ".join(f"{k} {v:.1f}" for k, v in result.spent.items()))
        for one in result.differences[: asked.shown]:
            _say(f"      {one}")
        if result.differences:
            wrong.append(seed)
    _say(f"seeds that went wrong: {wrong}" if wrong else "all seeds are well")
    return 1 if wrong else 0


def _soaked(seed: int, asked: argparse.Namespace) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        try:
            if asked.kill:
                return soak_and_kill(seed, Path(folder), ends_full=asked.ends_full)
            options = Options(
                changes=asked.changes,
                without=frozenset(asked.without.split(",")),
                is_skewed=asked.skew,
                ends_full=asked.ends_full,
            )
            return soak(seed, Path(folder), options)
        except Exception:  # noqa: BLE001 - the next seed shall still run
            return Result(seed, differences=[traceback.format_exc()])


def _line(result: Result) -> str:
    told = f"{len(result.differences)} DIFFERENCES" if result.differences else "well"
    return (
        f"{result.seed:4}  {result.seconds:7.1f}  {result.cpu_s:6.1f}  {result.runs.total():4}  "
        f"{result.runs['failed']:6}  {result.faults:6}  {result.kills:5}  "
        f"{result.intrusions:7}  {told}"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
