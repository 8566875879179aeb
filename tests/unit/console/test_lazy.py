"""Commands that are imported when they are asked for."""

import pytest
from typer.core import TyperGroup
from typer.main import get_group
from typer.testing import CliRunner

from console.cli import Toprelatie, app

COMMANDS = get_group(app).commands


@pytest.mark.parametrize("name", Toprelatie.places)
def test_summary_of_a_command_is_the_first_paragraph_of_its_help(name):
    paragraph = (COMMANDS[name].help or "").partition("\n\n")[0]

    assert Toprelatie.places[name].summary == " ".join(paragraph.split())


def test_commands_stand_in_the_order_of_their_places():
    assert list(COMMANDS) == [
        "demo",
        "init",
        "check",
        "setup",
        "sync",
        "report",
        "mapping",
        "runs",
        "store",
        "explain",
        "serve",
        "undo",
        "resume",
        "teardown",
        "sandbox",
    ]
    assert len(COMMANDS) == 15


def test_group_keeps_its_own_commands_when_it_is_asked_for():
    group = COMMANDS["mapping"]

    assert isinstance(group, TyperGroup)
    assert list(group.commands) == ["suggest", "check", "diff"]


def test_list_tells_every_command_with_its_summary():
    said = " ".join(CliRunner().invoke(app, ["--help"]).output.replace("│", " ").split())

    assert "sync Pull, compute and write back. report Tables from the mirror;" in said
    assert "sandbox Serve a HubSpot look-alike on this machine until Ctrl-C." in said


def test_unknown_command_is_refused_with_the_nearest_one():
    result = CliRunner().invoke(app, ["sinc"])

    assert result.exit_code == 2
    assert "No such command 'sinc'. Did you mean 'sync'?" in result.output
