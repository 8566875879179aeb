"""Mutation run: which changes of a rule no test notices.

`POLARS_MAX_THREADS=1 python -m tests.build.mutate [-j 2] kpis/contact.py ...`, from the checkout.
Nothing is written: each mutant lives in a process of its own, forked once the tests of the module
are collected, which puts it in place of the module and runs those tests up to the first that fails
(what failed before goes first). One thread of Polars, for threads do not outlive a fork. What
survives is printed;
exit code 1 when anything does that `equivalent_mutants.tsv` does not explain.
"""

import argparse
import ast
import csv
import importlib
import io
import os
import select
import selectors
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, is_dataclass
from itertools import islice
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from tests.build.mutants import Mutant, defaults, mutants

UNIT = "tests/unit/kpis"
READING = "plain_reading_of_accounts"
TESTS: dict[str, tuple[str, ...]] = {
    "parameters": ("parameters", "mutants_parameters"),
    "pains_gains": ("pains_gains", "example_e7"),
    "item": ("items", "suppliers", "example_e7", "pains_gains"),
    "supplier": ("suppliers", "profile"),
    "slot": ("slots", "dmu"),
    "freshness": ("pains_gains", "profile"),
    "activity": ("activity", "contact"),
    "contact": ("contact", "activity", "mutants_activity", "coverage"),
    "coverage": ("coverage", "contact", "seller", "examples_e4_e5_e9_e10"),
    "dmu": ("dmu", "slots", "profile", READING),
    "profile": ("profile", "dmu", "suppliers", "examples_e4_*", READING),
    "score": ("score", "seller_score", "examples_e4_e5_e9_e10"),
    "target": ("target", "seller"),
    "action": ("action", "examples_e4_e5_e9_e10"),
    "snapshot": ("snapshot", "compute"),
    "seller": (
        "seller",
        "team_totals",
        "seller_score",
        "coverage",
        "compute",
        "revenue_sums",
        "examples_e4_*",
        READING,
    ),
    "potential": ("potential_sources", READING),
    "top_relation": ("top_relation_*",),
    "membership": ("top_relation_history", "top_relation_*", "revenue_sums", "coverage"),
    "override": ("top_relation_overrides", "top_relation_*"),
    "universe": ("top_relation_universe",),
    "revenue": ("revenue_*",),
    "deal": ("deal_*", "revenue_*", "phase/test_phase_deals*"),
    "phase": (
        "phase/test_mutants_*",
        "examples_e6_e11",
        "phase/test_phase_*",
        "phase/test_against_plain_reading",
    ),
    "calendar": ("calendar_periods", "top_relation_history", "phase/test_phase_*"),
    "version": (
        "phase/test_phase_history",
        "phase/test_phase_*",
        "top_relation_overrides",
        "phase/test_against_plain_reading",
    ),
    "rounding": ("top_relation_*", "potential_sources", "revenue_*", "deal_money"),
    "combination": ("combination",),
}
"""Test files of each module, those most likely to notice a change first."""

EXPLAINED = Path(__file__).with_name("equivalent_mutants.tsv")
"""Mutants that say the same for all inputs: module, scope, change, and why."""

OPTIONS = ("-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-seed=0")
OURS = ("kpis", "mappings", "tests.unit", "test_")
BASE_SECONDS = 300
"""Longest the tests of a module may take unchanged."""

KILLED = "killed"


def tests_of(module: Path) -> list[str]:
    """Test files that run for a module."""
    key = "phase" if module.parent.name == "phase" else module.stem
    found: dict[str, None] = {}
    for name in (f"mutants_{key}", *TESTS[key]):
        pattern = f"{name}.py" if "/" in name else f"test_{name}.py"
        found.update(dict.fromkeys(sorted(map(str, Path(UNIT).glob(pattern)))))
    return list(found)


def replace(module: ModuleType, tree: ast.Module) -> None:
    """Put what the tree defines in place of what the module did, wherever it was imported.

    Equal numbers and words are one object, so those are known by their names too.
    """
    new = ModuleType(module.__name__)
    new.__file__ = module.__file__
    sys.modules[module.__name__] = new
    exec(compile(tree, str(module.__file__), "exec"), new.__dict__)  # noqa: S102 - it is the point
    sys.modules[module.__name__] = module
    for name, old in vars(module).items():
        if is_dataclass(old) and isinstance(old, type) and old.__module__ == module.__name__:
            _take_over(old, new.__dict__[name])
            new.__dict__[name] = old
    changed = {
        (id(old), name if isinstance(old, int | str) else ""): new.__dict__[name]
        for name, old in vars(module).items()
        if not name.startswith("__") and new.__dict__.get(name, old) is not old
    }
    for other in [one for name, one in sys.modules.items() if name.startswith(OURS)]:
        for name, value in list(vars(other).items()):
            key = (id(value), name if isinstance(value, int | str) else "")
            if key in changed and not name.startswith("__"):
                setattr(other, name, changed[key])


def _take_over(old: type, new: type) -> None:
    """Give a class the functions of its changed copy, for tests hold objects of it already."""
    for name, value in vars(new).items():
        if isinstance(value, FunctionType | property) and not name.startswith("__"):
            setattr(old, name, value)


@dataclass
class _Child:
    mutant: Mutant | None
    pid: int
    pipe: int
    started: float


@dataclass
class Run:
    """One run of pytest, whose tests are collected once and run anew for each mutant."""

    module: Path
    as_written: ast.Module
    mutants: Sequence[Mutant]
    jobs: int
    survivors: list[Mutant] = field(default_factory=list)
    killers: list[str] = field(default_factory=list)
    failed: str = ""
    _limit: float = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the mutants in place of the tests."""
        began = time.monotonic()
        first = self._spawn(session, None)
        if not select.select([first.pipe], [], [], BASE_SECONDS)[0]:
            os.kill(first.pid, signal.SIGKILL)
        told = self._read(first)
        if told != "":
            raise SystemExit(f"mutate: {self.module}: its own tests fail unchanged: {told}")
        self._limit = 10 + 5 * (time.monotonic() - began)
        waiting, children = iter(self.mutants), selectors.DefaultSelector()
        for mutant in islice(waiting, self.jobs):
            self._start(session, mutant, children)
        while children.get_map():
            self._stop_slow(children)
            for key, _ in children.select(1):
                child: _Child = key.data
                children.unregister(child.pipe)
                self._judge(child)
                for mutant in islice(waiting, 1):
                    self._start(session, mutant, children)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the first test that fails."""
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def _start(
        self, session: pytest.Session, mutant: Mutant, children: selectors.DefaultSelector
    ) -> None:
        child = self._spawn(session, mutant)
        children.register(child.pipe, selectors.EVENT_READ, child)

    def _stop_slow(self, children: selectors.DefaultSelector) -> None:
        for key in children.get_map().values():
            if time.monotonic() - key.data.started > self._limit:
                os.kill(key.data.pid, signal.SIGKILL)

    def _judge(self, child: _Child) -> None:
        told = self._read(child)
        assert child.mutant is not None
        if told == "":
            self.survivors.append(child.mutant)
        elif told != KILLED:
            self.killers = [told, *(one for one in self.killers if one != told)]

    def _spawn(self, session: pytest.Session, mutant: Mutant | None) -> _Child:
        """Run one mutant in a process of its own, which tells the test that failed."""
        reads, writes = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writes)
            return _Child(mutant, pid, reads, time.monotonic())
        told = KILLED
        try:
            tree = self.as_written if mutant is None else mutant.tree
            replace(sys.modules[_dotted(self.module)], tree)
            told = self._first_failure(session.items)
        finally:
            os.write(writes, told.encode())
            os._exit(0)

    def _first_failure(self, items: list[pytest.Item]) -> str:
        """Run tests up to the first that fails: its name, or nothing."""
        rank = {node: place for place, node in enumerate(self.killers)}
        ordered = sorted(items, key=lambda item: rank.get(item.nodeid, len(rank)))
        for item, after in zip(ordered, [*ordered[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                return self.failed
        return ""

    def _read(self, child: _Child) -> str:
        """What a process told; one that was stopped or died told nothing good."""
        told = os.read(child.pipe, 65_536).decode()
        os.close(child.pipe)
        _, status = os.waitpid(child.pid, 0)
        return told if status == 0 else KILLED


def _dotted(module: Path) -> str:
    return ".".join(module.with_suffix("").parts).removesuffix(".__init__")


def mutate(module: Path, jobs: int, lines: range) -> Run:
    """Run all mutants of a module."""
    source = module.read_text(encoding="utf-8")
    made = [one for one in mutants(source) if one.line in lines]
    if module.stem == "parameters":
        made.extend(one for one in defaults(source) if one.line in lines)
    run = Run(module, ast.parse(source), made, jobs)
    importlib.import_module(_dotted(module))
    with redirect_stdout(io.StringIO()):
        code = pytest.main([*OPTIONS, *tests_of(module)], plugins=[run])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"mutate: {module}: pytest ends with {code!r}")
    return run


def explained(module: Path) -> dict[tuple[str, str], str]:
    """Why a change of a scope of the module changes nothing."""
    with EXPLAINED.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {
            (row["scope"], row["change"]): row["why"]
            for row in rows
            if row["module"] == module.as_posix()
        }


def main() -> int:
    """Print what survived in each module; 1 when anything is not explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="+", type=Path)
    parser.add_argument("-j", dest="jobs", type=int, default=2)
    parser.add_argument("--lines", default="1-100000", help="first and last line to change")
    given = parser.parse_args()
    first, last = map(int, given.lines.split("-"))
    unexplained = 0
    for module in given.modules:
        run = mutate(module, given.jobs, range(first, last + 1))
        reasons = explained(module)
        sys.stdout.write(f"{module}: {len(run.mutants)} mutants, {len(run.survivors)} survive\n")
        for one in sorted(run.survivors, key=lambda mutant: mutant.line):
            why = reasons.get((one.scope, one.change))
            unexplained += why is None
            told = f"  {module}:{one.line}\t{one.scope}\t{one.change}\t{why or 'NOT EXPLAINED'}\n"
            sys.stdout.write(told)
        sys.stdout.flush()
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
