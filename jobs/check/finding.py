"""What a check finds: findings with their level and place, figures, and what cannot be measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from connector.ports import Description
from connector.probe import Probe
from jobs.basis import FINISHED_WELL
from jobs.pulled import Progress
from jobs.wiring import Wiring

if TYPE_CHECKING:  # a check before the first pull needs no Polars
    from kpis.frames import Mirror

Level = Literal["ok", "hint", "warning", "error"]
Part = Literal["access", "limits", "mapping", "fields", "results", "cost"]

RUNS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know.

    Attributes:
        level: an `error` stops writing, a `warning` costs a KPI, a `hint` could be done better or
            is no fault, an `ok` is fine.
        subject: what it is about; stable, so that a script can look for it.
        is_detail: of use to who wants to know more than one screen tells.
    """

    level: Level
    subject: str
    text: str
    is_detail: bool = False


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A KPI, or the part of one, that will be blank.

    Attributes:
        kpi: where it is a part, the whole stands before a colon.
        level: `hint` where nothing is wrong: nobody has filled in what they may.
    """

    kpi: str
    why: str
    level: Level = "warning"


@dataclass(slots=True)
class Section:
    """One part of a check.

    Attributes:
        figures: what was found, as JSON takes it.
    """

    part: Part
    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)
    unmeasured: list[Unmeasured] = field(default_factory=list)

    def say(self, level: Level, subject: str, text: str, *, is_detail: bool = False) -> None:
        """Add a finding."""
        self.findings.append(Finding(level, subject, text, is_detail))

    def miss(self, kpi: str, why: str, level: Level = "warning") -> None:
        """Add a KPI that will be blank."""
        self.unmeasured.append(Unmeasured(kpi, why, level))


@dataclass(kw_only=True)
class Sight:
    """What every part of a check looks at.

    Attributes:
        describing: calls that describing the account took, by kind.
    """

    wiring: Wiring
    description: Description
    probe: Probe
    describing: Mapping[str, int]
    progress: Progress

    @cached_property
    def mirror(self) -> "Mirror":
        """What the mirror holds; read once, for that of a large account takes its time."""
        return self.wiring.store.read_mirror()

    @cached_property
    def is_pulled(self) -> bool:
        """Whether the mirror holds a whole pull, so that it can be asked instead of the CRM."""
        store = self.wiring.store
        runs = store.read_runs(RUNS_LOOKED_AT)
        whole = [one for one in runs if one.status in FINISHED_WELL and one.counts.get("pulled")]
        return bool(whole) and store.count_records("companies") > 0
