"""The house: every room is under a contract, files stay small, and nothing happens at import."""

import importlib
import pkgutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]
ROOMS = tuple(CONTRACTS["root_packages"])
ASIDE = {"tests", "docs", "deploy", "secrets", "build", "dist"}
MOST_LINES = 400


def modules(room: str) -> list[str]:
    package = importlib.import_module(room)
    found = pkgutil.walk_packages(package.__path__, f"{room}.")
    # The migrations are run by Alembic, which lays their context before.
    return [one.name for one in found if not one.name.endswith((".__main__", ".migrations.env"))]


def test_every_top_level_folder_is_a_room_under_a_contract():
    folders = {
        one.name
        for one in ROOT.iterdir()
        if one.is_dir() and not one.name.startswith((".", "_")) and not one.suffix
    }
    named = str(CONTRACTS["contracts"])

    assert folders - ASIDE == set(ROOMS)
    assert all(f"'{room}" in named or f" {room}" in named for room in ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_top_level_name_is_that_of_this_checkout(room):
    assert Path(str(importlib.import_module(room).__file__)).parents[1] == ROOT


def test_no_module_grows_beyond_its_size():
    sizes = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
    }

    assert {name: lines for name, lines in sizes.items() if lines > MOST_LINES} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_module_opens_no_connection(room, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a module opened a connection when it was imported")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    for name in modules(room):
        importlib.import_module(name)


def loaded_by(statement: str) -> set[str]:
    """Modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_command_line_and_service_never_load_the_look_alike():
    names = ", ".join(modules("console"))
    loaded = loaded_by(f"import {names}, jobs.service")

    assert not {one for one in loaded if one.startswith("connector.sandbox")}


def test_pull_loads_neither_polars_nor_alembic():
    loaded = loaded_by("import console.sync, console.setup, console.store, console.serve")

    assert {"jobs.pull", "store.store", "connector.hubspot.adapter"} <= loaded
    assert not loaded & {"polars", "alembic"}


def test_list_of_commands_loads_no_command():
    loaded = loaded_by("from console.cli import app; app(['--help'], standalone_mode=False)")

    assert {one for one in loaded if one.startswith("console.")} == {
        "console.cli",
        "console.lazy",
        "console.logs",
    }
    assert not loaded & {"polars", "sqlalchemy", "requests", "jobs.wiring"}


def test_package_holds_the_files_that_are_no_code():
    data = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    kinds = {
        path.suffix
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }

    assert {f"*{kind}" for kind in kinds} <= set(data)
