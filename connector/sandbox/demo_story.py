"""What happens between the demo's sellers and a company: its deals, step by step.

A path is read as `first 95, need 70, quote 45, won 25`: the step of the sale and how many days ago
it was taken. `won` and `lost` close it; `lost:others` and `lost:undecided` say why.
"""

from dataclasses import dataclass

Steps = tuple[tuple[str, int], ...]

RECENT = 60
"""Days; an order that is younger makes its company one that buys."""


@dataclass(frozen=True, slots=True)
class Story:
    """One course of events.

    Attributes:
        paths: one per deal; the last one is what the talks of these weeks are about.
        declared: phases that the seller set, with days ago; the last one stands.
        locked_for: days that the declared phase is still held; 0 = not held.
        lead_status: status of the lead, "" = none.
        talks: whether the seller is in touch these weeks.
        can_have_past: whether an old order may lie before it.
    """

    paths: tuple[Steps, ...] = ()
    declared: tuple[tuple[str, int], ...] = ()
    locked_for: int = 0
    lead_status: str = ""
    talks: bool = True
    can_have_past: bool = True

    @property
    def has_ordered(self) -> bool:
        """Whether any of its deals is won."""
        return any(path[-1][0] == "won" for path in self.paths)

    @property
    def is_buying(self) -> bool:
        """Whether its last deal was won these weeks."""
        return self.has_ordered and is_recent_win(self.paths[-1])


def is_recent_win(path: Steps) -> bool:
    """Whether a deal was won these weeks."""
    return path[-1][0] == "won" and path[-1][1] <= RECENT


def _path(text: str) -> Steps:
    steps = [step.split() for step in text.split(", ")]
    return tuple((name, int(days)) for name, days in steps)


STORIES: dict[str, Story] = {
    "ordered": Story((_path("first 95, need 70, quote 45, won 22"),)),
    "ordered_again": Story(
        (
            _path("first 240, need 220, quote 190, won 160"),
            _path("first 110, quote 80, won 45"),
        )
    ),
    "regular": Story(
        (
            _path("quote 262, won 250"),
            _path("quote 205, won 190"),
            _path("quote 145, won 130"),
            _path("quote 85, won 70"),
            _path("quote 30, won 12"),
        ),
        can_have_past=False,
    ),
    "project_ordered": Story(
        (_path("first 210, need 160, quote 100, need 85, quote 60, won 35"),),
        declared=(("interest", 140), ("quote", 95)),
    ),
    "unknown": Story(talks=False, can_have_past=False),
    "quoted": Story((_path("first 70, need 42, quote 9"),)),
    "quoted_warm": Story(
        (_path("first 80, need 50, quote 18"),), declared=(("interest", 45), ("quote", 16))
    ),
    "quote_at_risk": Story((_path("first 90, need 60, quote 27"),)),
    "quote_stalled": Story((_path("first 150, need 110, quote 62"),), talks=False),
    "interested": Story((_path("first 50, need 21"),)),
    "back_to_need": Story((_path("first 120, need 95, quote 60, need 24"),)),
    "orienting": Story((_path("first 30"),)),
    "orienting_long": Story((_path("first 140"),)),
    "new_cycle": Story(
        (_path("first 200, need 180, quote 150, won 120"), _path("first 40, need 15"))
    ),
    "two_pipelines": Story((_path("first 75, need 45"), _path("first 60, need 40, quote 14"))),
    "lost_to_others": Story((_path("first 160, need 130, quote 90, lost:others 50"),), talks=False),
    "undecided": Story((_path("first 170, need 140, quote 95, lost:undecided 40"),)),
    "gone_stale": Story((_path("first 330, need 290, quote 250"),), talks=False),
    "hold_over": Story((_path("first 260, need 230, quote 200, won 165"),)),
    "lapsed": Story(
        (_path("first 520, need 500, quote 480, won 450"),), talks=False, can_have_past=False
    ),
    "said_interest": Story(declared=(("orienting", 110), ("interest", 35)), can_have_past=False),
    "said_long_ago": Story(declared=(("interest", 215),), talks=False, can_have_past=False),
    "said_no": Story((_path("first 60, need 35"),), declared=(("no_interest", 12),)),
    "held": Story(
        (_path("first 50, need 30, quote 12"),), declared=(("orienting", 70),), locked_for=60
    ),
    "lead_contacted": Story(lead_status="CONNECTED", can_have_past=False),
    "lead_unfit": Story(lead_status="UNQUALIFIED", talks=False, can_have_past=False),
    "unknown_lead": Story(lead_status="NEW", talks=False, can_have_past=False),
}
"""Every course by name: together they lead to every phase, by every rule."""

PAST = _path("first 535, need 515, quote 500, won 470")
PAST_LOST = _path("first 520, need 500, lost:others 475")
