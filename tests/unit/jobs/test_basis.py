"""How long every change of our own history is kept, which the specification leaves open."""

from jobs.basis import DAILY_DAYS


def test_every_change_of_the_last_400_days_is_kept():
    assert DAILY_DAYS == 400
