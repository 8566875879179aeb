"""The wheel holds all that the service needs, and runs far from the checkout.

`make package` proves the same with the runtime lock alone in a fresh environment, which takes the
packages of a minute.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("connector", "console", "jobs", "kpis", "mappings", "store")


def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, built from what a checkout holds."""
    source = tmp_path_factory.mktemp("source")
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    code = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    done = run("-c", code, str(source / "out"), folder=source)
    assert done.returncode == 0, done.stderr[-2000:]
    (found,) = (source / "out").glob("*.whl")
    return found


def test_wheel_holds_every_file_of_every_room_and_no_test(wheel):
    files = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    held = {one for one in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in one}
    assert held == files


def test_demo_runs_from_the_wheel_outside_the_checkout(wheel, tmp_path):
    site, place = tmp_path / "site", tmp_path / "place"
    place.mkdir()
    with zipfile.ZipFile(wheel) as held:
        held.extractall(site)
    packages = f"{site}{os.pathsep}{sysconfig.get_path('purelib')}"

    def toprelatie(*words: str) -> subprocess.CompletedProcess[str]:
        # Without the site module nothing but these two folders is found: not the checkout either.
        return run("-S", "-m", "console", *words, folder=place, PYTHONPATH=packages)

    helped, shown = toprelatie("--help"), toprelatie("demo", "--once", "--companies", "60")
    checked = toprelatie("mapping", "check", str(site / "mappings" / "hubspot.yaml"))
    where = run(
        "-S", "-c", "import jobs; print(jobs.__file__)", folder=place, PYTHONPATH=packages
    ).stdout

    assert where.startswith(str(site))
    assert [one.returncode for one in (helped, shown, checked)] == [0, 0, 0], shown.stderr[-2000:]
    assert "The CRM itself: http://127.0.0.1:" in shown.stdout
    assert "no faults" in " ".join(checked.stdout.split())  # a long path breaks the line
    assert list(place.iterdir()) == []
