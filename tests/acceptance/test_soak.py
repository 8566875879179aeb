"""After thousands of random changes, faults and kills the mirror is that of a fresh start.

Many seeds, by hand: `python -m tests.soak --seeds 0-199`, and with the service killed as a process
`python -m tests.soak --kill --seeds 0-19`.
"""

import pytest

from tests.soak.kill import soak_and_kill
from tests.soak.soak import soak

# What roams over everything counts no lines: that doubles its time, and tells nothing.
pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("seed", [1, 2])
def test_mirror_and_values_are_those_of_a_fresh_start_after_random_changes(tmp_path, seed):
    result = soak(seed, tmp_path)

    print(f"soak: seed {seed}: {dict(result.runs)}, {result.faults} faults")  # noqa: T201
    assert result.changes.total() >= 2000
    assert result.kills > 0
    assert result.faults > 0
    assert result.differences == [], f"seed {seed}"


def test_mirror_and_values_are_those_of_a_fresh_start_after_kills_of_the_process(tmp_path):
    result = soak_and_kill(1, tmp_path)

    print(f"soak: seed 1: {dict(result.runs)}, {result.kills} kills")  # noqa: T201
    assert result.kills > 0
    assert result.differences == [], "seed 1"
