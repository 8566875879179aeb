"""All values of random accounts against a plain reading of the specification (chapters 2 to 7)."""

import pytest

from tests.reference.account import read_account
from tests.reference.account_generator import MEANING, random_account, random_parameters
from tests.reference.compare_account import differences

RELATIONS_EACH = 50
SEEDS = range(2, 8)


@pytest.mark.parametrize("seed", SEEDS)
def test_account_equals_the_plain_reading_when_records_are_random(seed):
    assert list(differences(seed, RELATIONS_EACH)) == []


def test_random_accounts_hold_every_action_basis_and_contact_status():
    seen: dict[str, set[object]] = {}
    for seed in SEEDS:
        mirror, history, as_of = random_account(seed, RELATIONS_EACH)
        read = read_account(mirror, MEANING, random_parameters(seed), as_of=as_of, history=history)
        for row in read.relations.values():
            for name in ("top_relation_basis", "contact_status", "relation_score_band"):
                seen.setdefault(name, set()).add(row[name])

    assert seen["top_relation_basis"] >= {"rule", "buffer", "manual", "none"}
    assert seen["contact_status"] == {"ok", "due", "overdue", "never", None}
    assert seen["relation_score_band"] == {"good", "attention", "weak", None}
