"""Parameters of a random account, made of its features."""

from datetime import date
from typing import Any

from kpis.parameters import Parameters
from tests.reference.account_features import Dice, Features
from tests.reference.account_words import IDLE_SELLER, PAIR_SELLER, SELLERS

PERIODS: dict[str, list[tuple[int, int]]] = {
    "year": [(0, 12)],
    "quarters": [(0, 3), (3, 6), (6, 9), (9, 12)],
    "halves and quarters": [(0, 6), (0, 3), (3, 6), (6, 9), (9, 12)],
    "year twice": [(0, 12), (0, 12)],
    "year and quarters": [(0, 12), (0, 3), (3, 6), (6, 9), (9, 12)],
    "overlap": [(0, 7), (6, 12)],
    "gap": [(0, 5), (6, 12)],
    "beyond": [(-3, 3), (3, 12)],
    "none": [],
}
"""First month and month after the last one of goals, counted from the start of the fiscal year."""

AMOUNTS = (0, 20_000, 80_000, 160_000)


def random_spans(dice: Dice, features: Features) -> list[tuple[date, date, int]]:
    """First day, day after the last one and amount of the goals of one seller."""
    found = []
    for first, after in PERIODS[dice.choice(list(PERIODS))]:
        amount = dice.choice(AMOUNTS)
        found.append((_month(features, first), _month(features, after), amount))
    return found


def _month(features: Features, place: int) -> date:
    """First day of the month at that place of the fiscal year."""
    count = features.fiscal_year * 12 + features.fiscal_year_start - 1 + place
    return date(count // 12, count % 12 + 1, 1)


def random_targets(features: Features) -> list[dict[str, Any]]:
    """Targets of the configuration; their end is inclusive."""
    dice = Dice(f"targets of {features.seed}")
    return [
        {
            "owner": seller,
            "start": start,
            "end": date.fromordinal(after.toordinal() - 1),
            "amount": amount,
        }
        for seller in (*SELLERS, PAIR_SELLER, IDLE_SELLER)
        for start, after, amount in random_spans(dice, features)
    ]


def random_parameters(features: Features) -> Parameters:
    """All sections."""
    long_ago = date(features.as_of.year - 1, 3, 1)
    sections = {
        "reporting": {
            "timezone": features.timezone,
            "currency": features.reporting_currency,
            "fiscal_year_start": features.fiscal_year_start,
            "rates": {
                "USD": [[date(2020, 1, 1), "0.9"], [long_ago, "0.95"]],
                "EUR": [[long_ago, "1.1"]],
            },
        },
        "write_back": {"days_in_phase": features.days_in_phase},
        "universe": {
            "own_company_ids": features.own_companies,
            "exclude_types": features.exclude_types,
        },
        "top_relation": _top_relation(features),
        "potential": {
            "sources": features.potential_sources,
            "margin_rate": features.margin_rate,
            "reference_price": {"piece": 10, "default": 2},
            "spend_per_employee": {"retail": 900, "default": 50},
            "spend_ratio": {"default": "0.01"},
            "tier_amount": {"tier_1": 50_000},
        },
        "profile": features.profile,
        "contact": {"by": features.by, "window_days": features.window_days, **features.contact},
        "phase": features.phase,
        "pains_gains": {"sources": features.sources, **features.pains_gains},
        "revenue": {
            "target": features.target,
            "goal_types": features.goal_types,
            "targets": random_targets(features),
        },
        "scores": _scores(features),
    }
    return Parameters.model_validate(sections)


def _top_relation(features: Features) -> dict[str, Any]:
    revenue, margin = features.index_weights
    enter, leave = features.bars
    return {
        "rule": features.rule,
        "top_n": 3,
        "crm_flag": features.crm_flag,
        "group_by": features.group_by,
        "min_group": features.min_group,
        "weights": {"revenue": revenue, "margin": margin},
        "enter": enter,
        "exit": leave,
        "percentile": features.percentile,
        "warn_manual_share": features.warn_manual_share,
        "override_max_days": features.override_max_days,
    }


def _scores(features: Features) -> dict[str, Any]:
    found = dict(features.scores)
    for kind, names, weights in (
        ("relation", ("profile", "contact", "phase", "pains_gains"), features.relation_weights),
        (
            "seller",
            ("top_relations", "focus", "phase", "pains_gains", "revenue"),
            features.seller_weights,
        ),
    ):
        if weights is not None:
            found[kind] = dict(zip(names, weights, strict=True))
    return found
