"""Next best action: the first thing that applies, with a text that names it (spec 6.4)."""

from typing import Final

import polars as pl

from kpis.calendar import is_within
from kpis.contact import Contacts
from kpis.parameters import Parameters
from kpis.phrase import dated, filled
from kpis.profile import FACETS
from kpis.rounding import exact
from kpis.score import NOT_MOVING
from kpis.vocabulary import Language, Phase
from kpis.wording import Texts

LATE: Final = ("overdue", "never")


def with_evidence(
    relations: pl.DataFrame,
    contacts: Contacts,
    parameters: Parameters,
    *,
    as_of: pl.Expr,
    today: pl.Expr,
) -> pl.DataFrame:
    """Add what only actions ask for: `meeting_on` (null: none lacks its outcome), `has_plan`.

    Args:
        relations: the universe, with `next_activity_at` and `next_activity_on`.
        contacts: from `kpis.contact`.
        parameters: section `contact`.
        as_of: literal instant.
        today: literal local day.
    """
    days = parameters.contact.missing_outcome_days
    age = (today - pl.col("day")).dt.total_days()
    meetings = (
        contacts.missing_outcomes.filter(is_within(age, days + 1))
        .group_by("relation_id")
        .agg(meeting_on=pl.col("day").max())
    )
    planned = contacts.planned.with_columns(is_planned=pl.lit(value=True))
    later = (pl.col("next_activity_at") > as_of) | (pl.col("next_activity_on") > today)
    return (
        relations.join(meetings, on="relation_id", how="left", maintain_order="left")
        .join(planned, on="relation_id", how="left", maintain_order="left")
        .with_columns(
            has_plan=pl.col("is_planned").fill_null(value=False) | later.fill_null(value=False)
        )
        .drop("is_planned")
    )


def conditions(parameters: Parameters, *, measures_contact: bool) -> dict[str, pl.Expr]:
    """When each action applies, in the order in which they are tried; null means no."""
    measured = pl.lit(measures_contact)
    status = pl.col("contact_status")
    phase, moving = pl.col("buying_phase"), pl.col("phase_status")
    known_from = exact(parameters.profile.known_from)
    stands_still = moving.is_in(NOT_MOVING)
    is_quote = phase == Phase.QUOTE
    return {
        "record_meeting_outcome": pl.col("meeting_on").is_not_null(),
        "follow_up_quote": is_quote & ((moving == "stalled") | (status != "ok")),
        "reach_out": status.is_in(LATE),
        "find_decider": pl.col("right_contacts_score").is_not_null()
        & (pl.col("decider_base") == 0),
        "record_phase": phase == Phase.UNKNOWN,
        "record_pains_gains": ~pl.col("pains_gains_complete"),
        "complete_profile": pl.any_horizontal(
            pl.col(f"{one}_score") < known_from for one in FACETS
        ),
        "estimate_potential": pl.col("potential_revenue").is_null(),
        "reverify_phase": stands_still,
        "plan_next_step": measured & ~pl.col("has_plan"),
    }


def next_best_action(parameters: Parameters, *, measures_contact: bool) -> pl.Expr:
    """Value of `next_best_action`: the first that applies, else `maintain`."""
    found = [
        pl.when(condition.fill_null(value=False)).then(pl.lit(name))
        for name, condition in conditions(parameters, measures_contact=measures_contact).items()
    ]
    return pl.coalesce(*found, pl.lit("maintain"))


def lowest_facet() -> pl.Expr:
    """Facet with the lowest score; of equals the first of the specification."""
    scores = [pl.col(f"{facet}_score") for facet in FACETS]
    lowest = pl.min_horizontal(scores)
    return pl.coalesce(
        pl.when(score == lowest).then(pl.lit(facet))
        for facet, score in zip(FACETS, scores, strict=True)
    )


def action_text(texts: Texts, parameters: Parameters) -> pl.Expr:
    """Value of `next_best_action_text`: what to do and why, with dates and never day counts.

    Reads `next_best_action` and the columns that the actions name.
    """
    language = parameters.write_back.language
    facet = lowest_facet().replace_strict(
        {one: texts.actions[f"facet_{one}"].text(language) for one in FACETS},
        return_dtype=pl.String(),
    )
    contact = _contact(texts, language)
    values = {
        "date": dated(pl.col("meeting_on"), language),
        "since": dated(pl.col("phase_since"), language),
        "phase": pl.col("buying_phase").replace_strict(
            {
                str(one): texts.label("phase_or_unknown", str(one), language).lower()
                for one in Phase
            },
            return_dtype=pl.String(),
        ),
        "contact": contact,
        "facet": facet,
        "approach": pl.col("recommended_approach"),
        "missing": missing_of_pains_gains(texts, parameters),
    }
    chosen = pl.col("next_best_action")
    return pl.coalesce(
        pl.when(chosen == name).then(filled(texts.actions[name].text(language), values))
        for name in (*conditions(parameters, measures_contact=True), "maintain")
    )


def _contact(texts: Texts, language: Language) -> pl.Expr:
    """When the last two-way contact was, or why nobody can tell."""
    last = filled(
        texts.actions["contact_last"].text(language),
        {"date": dated(pl.col("last_two_way_contact"), language)},
    )
    never, lost, unmeasured = (
        pl.lit(texts.actions[f"contact_{key}"].text(language))
        for key in ("never", "lost", "unmeasured")
    )
    return (
        pl.when(pl.col("contact_status").is_null())
        .then(unmeasured)
        .when(pl.col("last_two_way_contact").is_not_null())
        .then(last)
        .when(pl.col("contact_status") == "never")
        .then(never)
        .otherwise(lost)
    )


def missing_of_pains_gains(texts: Texts, parameters: Parameters) -> pl.Expr:
    """What is still to be asked: a pain, a gain, or one more of either."""
    language, rules = parameters.write_back.language, parameters.pains_gains
    few_pains = pl.col("pains_count") < rules.min_pains
    few_gains = pl.col("gains_count") < rules.min_gains

    def text(key: str) -> pl.Expr:
        return pl.lit(texts.actions[key].text(language))

    return (
        pl.when(few_pains & few_gains)
        .then(text("missing_both"))
        .when(few_pains)
        .then(text("missing_pain"))
        .when(few_gains)
        .then(text("missing_gain"))
        .otherwise(text("missing_more"))
    )
