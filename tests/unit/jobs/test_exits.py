"""How a command ends: its code, and what it says of trouble that passes."""

import pytest

from connector.ports import LaterError, PermanentCrmError, TransientCrmError
from jobs.exits import ChangeLimitError, exit_of, sentence_of


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            TransientCrmError("hubspot: no answer"),
            "hubspot: no answer: the next run goes on from here",
        ),
        (
            LaterError("stopping: a wait was cut short; the next run goes on from here"),
            "stopping: a wait was cut short; the next run goes on from here",
        ),
        (PermanentCrmError("hubspot: 403"), "hubspot: 403"),
    ],
)
def test_trouble_that_passes_says_once_that_nothing_is_lost(error, sentence):
    assert sentence_of(error) == sentence


def test_run_over_the_change_limit_ends_with_a_code_of_its_own():
    assert int(exit_of(ChangeLimitError("too many"))) == 6
