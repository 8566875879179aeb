"""Questions on a terminal, each with a default and with an option that answers it in a script."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import typer

from console.option import to_stderr
from jobs.exits import Exit


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask.

    Attributes:
        option: answers it on the command line.
        given: what that option gave, None when it was left out.
        choices: the answers that there are; empty: any.
        fault: what is wrong with an answer, in words that do not repeat it; None: nothing.
    """

    option: str
    text: str
    given: str | None = None
    choices: Sequence[str] = ()
    fault: Callable[[str], str | None] = lambda _: None

    def fault_in(self, answer: str) -> str | None:
        """What is wrong with an answer; None: nothing."""
        if self.choices and answer not in self.choices:
            return f"must be one of {', '.join(self.choices)}"
        return self.fault(answer)


@dataclass(frozen=True, slots=True)
class Asked:
    """Where answers come from: options first, then defaults or a person.

    Attributes:
        takes_defaults: nobody is asked.
    """

    takes_defaults: bool

    def refuse_unless_answerable(self, questions: Sequence[Question]) -> None:
        """End when an option is faulty, or when one is left out and nobody can be asked."""
        for one in questions:
            if one.given is not None and (fault := one.fault_in(one.given)):
                _end(f"init: {one.option} {fault}")
        open_ones = [one.option for one in questions if one.given is None]
        if open_ones and not self.takes_defaults and not sys.stdin.isatty():
            _end(
                f"init: standard input is no terminal, so nobody can be asked: give "
                f"{', '.join(open_ones)}; or --yes, which takes the defaults"
            )

    def answer(self, question: Question, default: str) -> str:
        """Answer of a question; one that cannot be is asked for again."""
        if question.given is not None:
            return question.given
        if self.takes_defaults:
            return default
        while True:
            answer = str(typer.prompt(question.text, default=default)).strip()
            fault = question.fault_in(answer)
            if fault is None:
                return answer
            to_stderr().print(f"that {fault}", markup=False, highlight=False)


def _end(sentence: str) -> None:
    to_stderr().print(sentence, style="red", markup=False, highlight=False)
    raise typer.Exit(Exit.USAGE)
