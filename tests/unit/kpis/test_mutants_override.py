"""Overrides: a reason is any text that is not blank (spec 2.2)."""

import pytest

from kpis.frames import OwnHistory
from tests.unit.kpis.builders import AS_OF, candidate, candidates, decide


@pytest.mark.parametrize(("reason", "basis"), [("x", "manual"), (" ", "none")])
def test_override_counts_from_one_character_of_a_reason_on(reason, basis):
    given = candidates(
        candidate("1", None, top_relation_override="always", top_relation_override_reason=reason)
    )

    relations = decide(AS_OF, OwnHistory(), given).relations

    assert relations["top_relation_basis"].to_list() == [basis]
