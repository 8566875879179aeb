"""A place to work in: configuration, mapping, token and store around a CRM on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from connector.sandbox import Portal, Sandbox
from console.cli import app
from jobs.outcome import Report, Request
from jobs.runs import run_sync
from jobs.setup import plan_setup, run_setup
from jobs.wiring import Wiring, open_wiring

ROOT = Path(__file__).parents[2]
TOKEN = "sandbox-token"


def silent(_work: str, _done: int, _total: int | None) -> None:
    """Progress that nobody looks at."""


class Workplace:
    """One configured account in a folder of its own."""

    def __init__(self, folder: Path, base_url: str, *, extra: str = "", mapping: str = "") -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        self.mapping = folder / "mapping.yaml"
        self.token = folder / "token"
        self.token.write_text(TOKEN)
        self.mapping.write_text(mapping or "crm: hubspot\n")
        self.config.write_text(
            "account: acme\n"
            "crm:\n"
            "  kind: hubspot\n"
            f"  base_url: {base_url}\n"
            f"  token_file: {self.token}\n"
            "  limits: {enabled: false}\n"
            "  lag_s: 0\n"
            f"mapping: {self.mapping}\n"
            f"store: sqlite:///{folder / 'store.db'}\n" + extra
        )

    def use_files(self, folder: Path, output: Path) -> None:
        """Read a folder of CSV files instead of the CRM on loopback."""
        text = self.config.read_text()
        start, end = text.index("crm:\n"), text.index("mapping:")
        files = f"crm: {{kind: files, folder: {folder}, output: {output}}}\n"
        self.config.write_text(text[:start] + files + text[end:])

    def command(self, *words: str) -> list[str]:
        """Command line of one command."""
        return [sys.executable, "-m", "console", *words, "--config", str(self.config)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            self.command(*words), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start one command in a process of its own."""
        return subprocess.Popen(
            self.command(*words),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COVERAGE_PROCESS_START": ""},  # noqa: TID251 - of the child
        )

    @contextmanager
    def opened(self) -> Iterator[Wiring]:
        """The account in this process."""
        wiring = open_wiring(self.config)
        try:
            yield wiring
        finally:
            wiring.close()

    def set_up(self) -> None:
        """Create groups and properties."""
        with self.opened() as wiring:
            plan = plan_setup(wiring)
            run_setup(wiring.crm, wiring.store, plan, wiring.crm.describe())

    def sync(self, **request: Any) -> Report:
        """One run in this process."""
        with self.opened() as wiring:
            return run_sync(wiring, Request(**request), silent)

    def report(self, *words: str) -> list[dict[str, object]]:
        """Rows of a report, made in this process."""
        asked = ["report", *words, "--format", "json", "--config", str(self.config)]
        done = CliRunner().invoke(app, asked, catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        rows = json.loads(done.stdout)
        assert isinstance(rows, list)
        return rows


def instant(text: str) -> datetime:
    """Aware UTC instant from its ISO form."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


__all__ = ["Portal", "Sandbox", "Workplace", "instant", "silent"]
