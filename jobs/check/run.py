"""Everything that stands in the way of a run, and what the service will find; changes nothing.

As JSON a check has these keys, which stay:

- `findings`: rows of `level` (ok, hint, warning, error), `subject`, `text`, `part`;
- `counts`: how many findings there are of each level;
- `access`: `account_id`, `currency`, `timezone`, `active_owners`, `stages`, `reads`,
  `may_not_read` and `may_not_write` (why, by what it is), `clock_off_s`;
- `limits`: `tier`, and `limits` by name (`calls`, `associations`, `search`, `day`), each with
  `seconds`, `allowed`, `is_documented`, `left`, `setting`, `asked`, `reserve_share`;
- `mapping`: `stages`, `unmapped` (`pipeline`, `stage`, `label`, `deals`), `contradictions`,
  `currency`, `unknown_target_owners`, `unknown_own_companies`;
- `fields`: `fields` (`object`, `field`, `property`, `exists`, `fault`, `filled`, `total`, `share`,
  `is_new_input`), `properties` (`missing`, `conflicts`, `standing`, `outdated`), `room`;
- `results`: `top_relations` (null before the first pull) with `relations`, `top`, `rule`,
  `by_basis`, `by_group`, `by_source`, `by_rule`, `warnings`;
- `not_measured`: rows of `kpi`, `why`, `level` (a hint where people may yet fill it in);
- `cost`: `records` by type, `first_sync` and `run_at_rest`, each `least` and `most` with `calls`,
  `by_kind`, `minutes`;
- `calls`: calls that the check itself took, by kind.

A number that nobody tells is null. A key may be absent where its CRM has no such thing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from jobs.check.access import KPI_OF, check_access, cost_of
from jobs.check.cost import check_cost
from jobs.check.field import check_fields
from jobs.check.finding import Finding, Level, Section, Sight, Unmeasured
from jobs.check.limit import check_limits
from jobs.check.mapping import check_mapping
from jobs.check.result import check_results
from jobs.pulled import Progress
from jobs.wiring import Wiring

__all__ = ["KPI_OF", "Check", "Finding", "Section", "cost_of", "run_check"]

LEVELS = get_args(Level)
STEPS = 5


def _unseen(_work: str, _done: int, _total: int | None) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found, part by part.

    Attributes:
        calls: calls that it took, by kind.
    """

    sections: tuple[Section, ...]
    calls: Mapping[str, int]

    @property
    def findings(self) -> list[Finding]:
        """Findings of all parts in their order."""
        return [one for section in self.sections for one in section.findings]

    @property
    def unmeasured(self) -> list[Unmeasured]:
        """What cannot be measured, each KPI with each reason once."""
        found = [one for section in self.sections for one in section.unmeasured]
        return list(dict.fromkeys(found))

    @property
    def has_errors(self) -> bool:
        """Whether something stands in the way."""
        return any(one.level == "error" for one in self.findings)

    def document(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        counts = Counter(one.level for one in self.findings)
        return {
            "findings": [
                {
                    "level": one.level,
                    "subject": one.subject,
                    "text": one.text,
                    "part": section.part,
                }
                for section in self.sections
                for one in section.findings
            ],
            "counts": {level: counts[level] for level in LEVELS},
            **{section.part: section.figures for section in self.sections},
            "not_measured": [
                {"kpi": one.kpi, "why": one.why, "level": one.level} for one in self.unmeasured
            ],
            "calls": dict(self.calls),
        }


def run_check(wiring: Wiring, progress: Progress = _unseen) -> Check:
    """Compare configuration and mapping with the CRM; changes nothing there and nothing here.

    Raises:
        ConfigError: the token is not accepted.
        ConnectorError: the CRM cannot be reached, or answers what is no answer.
    """
    progress("check", 0, STEPS)
    before = Counter(wiring.crm.usage())
    description = wiring.crm.describe()
    describing = Counter(wiring.crm.usage()) - before
    sight = Sight(
        wiring=wiring,
        description=description,
        probe=wiring.crm.probe(),
        describing=describing,
        progress=progress,
    )
    progress("check", 1, STEPS)
    first = (check_access(sight), check_limits(sight.probe), check_mapping(sight))
    progress("check", 2, STEPS)
    fields = check_fields(sight)
    progress("check", 3, STEPS)
    results = check_results(sight)
    progress("check", 4, STEPS)
    cost = check_cost(sight, fields.filled)
    progress("check", STEPS, STEPS)
    sections = (*first, fields.section, results, cost)
    return Check(sections, Counter(wiring.crm.usage()) - before)
