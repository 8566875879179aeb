"""Questions: options first, then defaults, then a person; a faulty answer is asked for again."""

import io
import sys

import pytest
import typer

from console.question import Asked, Question


class Terminal(io.StringIO):
    """Standard input with a person behind it."""

    def isatty(self) -> bool:
        return True


def colour(given: str | None = None) -> Question:
    return Question("--colour", "Colour", given, choices=("red", "blue"))


def name(given: str | None = None) -> Question:
    return Question("--name", "Name", given, fault=lambda one: None if one != "x" else "is taken")


def test_what_was_given_is_taken_and_nobody_asked():
    assert Asked(takes_defaults=False).answer(colour("blue"), "red") == "blue"


def test_default_is_taken_when_nobody_is_to_be_asked():
    assert Asked(takes_defaults=True).answer(colour(), "red") == "red"


def test_person_is_asked_again_until_the_answer_will_do(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Terminal("green\nblue\nx\n\n"))
    asked = Asked(takes_defaults=False)

    assert asked.answer(colour(), "red") == "blue"
    assert asked.answer(name(), "me") == "me"

    told = capsys.readouterr()
    assert told.err.splitlines() == ["that must be one of red, blue", "that is taken"]
    assert "Colour [red]: " in told.out


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([colour("green")], "init: --colour must be one of red, blue"),
        ([colour(), name("x")], "init: --name is taken"),
        ([colour(), name()], "nobody can be asked: give --colour, --name; or --yes"),
    ],
)
def test_script_is_refused_when_an_option_is_faulty_or_left_out(
    monkeypatch, capsys, questions, said
):
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with pytest.raises(typer.Exit) as ended:
        Asked(takes_defaults=False).refuse_unless_answerable(questions)

    assert ended.value.exit_code == 2
    assert said in capsys.readouterr().err


def test_options_left_out_are_no_fault_with_defaults_or_a_person(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    Asked(takes_defaults=True).refuse_unless_answerable([colour()])

    monkeypatch.setattr(sys, "stdin", Terminal())
    Asked(takes_defaults=False).refuse_unless_answerable([colour()])
