"""Phases as numbers, so that "more advanced" is "larger" (spec 1, 3.1)."""

from typing import Final

import polars as pl

from kpis.vocabulary import Phase

RANK: Final[dict[Phase, int]] = {phase: rank for rank, phase in enumerate(Phase)}
"""0 for `unknown`, then 1 for `no_interest` up to 5 for `order`."""

UNKNOWN: Final = RANK[Phase.UNKNOWN]
NO_INTEREST: Final = RANK[Phase.NO_INTEREST]
ORIENTING: Final = RANK[Phase.ORIENTING]
ORDER: Final = RANK[Phase.ORDER]
KNOWN_RANKS: Final = tuple(range(NO_INTEREST, ORDER + 1))

RANK_TYPE: Final = pl.Int8()


def rank_of(word: pl.Expr) -> pl.Expr:
    """Rank of one of the five phases; null for every other word and for null."""
    ranks = {str(phase): rank for phase, rank in RANK.items() if rank != UNKNOWN}
    return word.replace_strict(ranks, default=None, return_dtype=RANK_TYPE)


def phase_of(rank: pl.Expr) -> pl.Expr:
    """Identifier of the phase of a rank; null gives null."""
    words = {rank: str(phase) for phase, rank in RANK.items()}
    return rank.replace_strict(words, return_dtype=pl.String())
