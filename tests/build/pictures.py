"""Make the pictures of the documentation from the demo account; run by hand, needs Chromium.

    python -m tests.build.pictures [CHROMIUM]

Each picture shows the pages of the sandbox laid out as docs/card.md tells an admin to do it, after
a real set-up and a real sync.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from connector.sandbox import Sandbox
from connector.sandbox.demo import DEMO_MAPPING, demo_portal
from console.demo import CONFIG, SEED, TOKEN
from jobs.basis import local_date
from jobs.outcome import Request
from jobs.report import relation_report
from jobs.runs import run_sync
from jobs.setup import plan_setup, run_setup
from jobs.wiring import Wiring, clock, open_wiring
from kpis.parameters import Parameters
from tests.build.smaller import make_smaller

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
COMPANIES = 60


def main(chromium: str) -> None:
    """Make all pictures."""
    for language in ("nl", "en"):
        with tempfile.TemporaryDirectory(prefix="toprelatie-pictures-") as name:
            folder = Path(name)
            portal = demo_portal(
                today=local_date(clock(), Parameters()), companies=COMPANIES, seed=SEED
            )
            portal.language = language
            with Sandbox(portal, token=TOKEN, clock=clock, limits=None) as sandbox:
                config = write_config(folder, sandbox.base_url, language)
                wiring = open_wiring(config)
                try:
                    relation = fill(wiring)
                finally:
                    wiring.close()
                take = Camera(chromium, folder)
                pages = f"{sandbox.base_url}/companies"
                take(f"{pages}/{relation}", f"card-{language}.png", height=1080)
                take(f"{pages}?view=top", f"columns-{language}.png", height=620)
            if language == "nl":
                page = folder / "sellers.html"
                page.write_text(seller_page(config), encoding="utf-8")
                take(page.as_uri(), "sellers-nl.png", height=900)


def write_config(folder: Path, base_url: str, language: str) -> Path:
    """Configuration of the demo, with labels in one language and no limits to wait for."""
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    (folder / "mapping.yaml").write_text(DEMO_MAPPING.read_text(encoding="utf-8"), encoding="utf-8")
    path = folder / "config.yaml"
    text = CONFIG.format(base_url=base_url, folder=folder)
    path.write_text(f"{text}write_back: {{language: {language}}}\n", encoding="utf-8")
    return path


def fill(wiring: Wiring) -> str:
    """Set up and sync; return the id of a top relation with much to show."""
    run_setup(wiring.crm, wiring.store, plan_setup(wiring), wiring.crm.describe())
    report = run_sync(wiring, Request(), lambda *_: None)
    rows = relation_report(wiring, as_of=report.as_of, seller_id=None).to_dicts()
    best = max(
        rows,
        key=lambda row: (
            row["is_top_relation"],
            row["buying_phase"] == "quote",
            row["relation_score"] is not None,
            row["revenue_ttm"],
        ),
    )
    return str(best["relation_id"])


def seller_page(config: Path) -> str:
    """The page of all sellers as the command prints it."""
    words = ("report", "sellers", "--format", "html", "--config", str(config))
    done = subprocess.run(
        [sys.executable, "-m", "console", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


class Camera:
    """Takes pictures of pages."""

    def __init__(self, chromium: str, folder: Path) -> None:
        self._chromium = chromium
        self._profile = folder / "profile"

    def __call__(self, address: str, name: str, *, height: int, width: int = 1240) -> None:
        """Take the upper part of a page."""
        target = PICTURES / name
        subprocess.run(
            [
                self._chromium,
                "--headless",
                "--no-sandbox",
                "--hide-scrollbars",
                "--disable-gpu",
                f"--user-data-dir={self._profile}",
                f"--window-size={width},{height}",
                f"--screenshot={target}",
                address,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        make_smaller(target)
        size = target.stat().st_size // 1000
        sys.stdout.write(f"{target.relative_to(ROOT)}: {size} kB\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "chromium")
