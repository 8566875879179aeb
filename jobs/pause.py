"""Write-back that is paused: after an undo nothing is written until somebody says `resume`.

A paused run pulls, computes and compares, and leaves CRM and own history alone. History too, for
the results are under suspicion: a membership that a wrong mapping grants is carried on for ever,
while a day without figures is only a gap.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jobs.basis import COMPUTED_KEY, WRITTEN_KEY
from store.store import Store

PAUSE_KEY: Final = "write_back_paused"


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when nothing is written, and why.

    Attributes:
        by_run: run that undid another one.
        undone_run: the other one.
    """

    since: datetime
    by_run: int
    undone_run: int

    @property
    def sentence(self) -> str:
        """What it is and how it ends, for people."""
        return (
            f"write-back is paused since {self.since:%Y-%m-%d %H:%M} UTC by the undo of run "
            f"{self.undone_run} (run {self.by_run}): look with `toprelatie sync --dry-run`, then "
            "`toprelatie resume`"
        )


def read_pause(store: Store) -> Pause | None:
    """The pause that holds; None when write-back goes on."""
    text = store.read_state(PAUSE_KEY)
    if text is None:
        return None
    kept = json.loads(text)
    since = datetime.fromisoformat(kept["since"])
    return Pause(since, by_run=kept["by_run"], undone_run=kept["undone_run"])


def pause(store: Store, one: Pause) -> None:
    """Write nothing from now on; the next run that may write compares everything again.

    That run must pass the change limit as after a changed setting, for the values that go back are
    of other settings than those of the last run that wrote. The order holds both: killed before
    the last step, there is no pause, and still nothing is missed.
    """
    store.save_state(COMPUTED_KEY, None)
    store.save_state(WRITTEN_KEY, None)
    kept = {
        "since": one.since.isoformat(),
        "by_run": one.by_run,
        "undone_run": one.undone_run,
    }
    store.save_state(PAUSE_KEY, json.dumps(kept))


def resume(store: Store) -> Pause | None:
    """Write again from the next run on; returns the pause that ended, None when there was none.

    Raises:
        LockHeldError: a run is at work, which may be the undo itself.
    """
    with store.lock():
        ended = read_pause(store)
        store.save_state(COMPUTED_KEY, None)
        store.save_state(PAUSE_KEY, None)
    return ended
