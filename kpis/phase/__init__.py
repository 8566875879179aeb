"""Phase of the buying process (spec 3): decided per relation and moment, from evidence alone."""

from kpis.phase.flow import conversion, distribution, flow
from kpis.phase.relation import PhaseResults, relation_phases

__all__ = ["PhaseResults", "conversion", "distribution", "flow", "relation_phases"]
