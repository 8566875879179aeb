"""What the demo's sellers fill in on their companies, at different times and not always neatly."""

from connector.sandbox.demo_account import REPEATER
from connector.sandbox.demo_scene import Company, Scene
from connector.sandbox.demo_story import STORIES
from connector.sandbox.demo_words import DIRT, GAINS, PAINS, REPEATED_PAIN, SUPPLIERS

Values = dict[str, str]

_ROUND = 60
_FREQUENCIES = ("weekly", "monthly", "monthly", "quarterly", "quarterly", "yearly", "irregular")
_CATEGORIES = ("products", "services", "maintenance", "other")
_UNITS = (("piece", 10, 900), ("order", 4, 60), ("hour", 40, 600), ("metre", 200, 5_000))


_LEVELS = (
    "",
    "spend",
    "spend profile",
    "spend pattern profile gains",
    "spend pattern profile gains volume confirmed",
)
"""What a seller has found out about a company, from nothing to all of it."""


def add_inputs(scene: Scene, company: Company, number: int) -> None:
    """Fill a part of the inputs: some sellers know much, some write little, some nothing."""
    known = scene.one_of(_LEVELS).split()
    if "spend" in known:
        _add_spend(scene, company)
    if "pattern" in known:
        _add_pattern(scene, company)
    if "volume" in known:
        _add_volume(scene, company)
    if "profile" in known:
        _add_suppliers(scene, company)
        _add_pains_and_gains(scene, company, gains=2 if "gains" in known else 0)
    _add_declared(scene, company)
    _add_override(scene, company, number % _ROUND)
    if "confirmed" in known and company.last_talk:
        confirmed = {"profile_confirmed_on": scene.day(company.last_talk)}
        _fill(scene, company, confirmed, company.last_talk)


def _fill(scene: Scene, company: Company, values: Values, days_ago: int) -> None:
    scene.portal.set_values(
        "companies",
        company.id,
        {f"csk_{name}": value for name, value in values.items()},
        at=scene.at(days_ago),
        source_id=f"userId:{company.owner_id}",
    )


def _add_spend(scene: Scene, company: Company) -> None:
    days_ago = scene.random.randint(15, 420)
    if scene.chance(0.6):  # an earlier estimate that was corrected
        guess = str(round(company.spend * scene.random.uniform(0.6, 1.3), -3))
        _fill(scene, company, {"annual_category_spend": guess}, days_ago + 120)
    _fill(scene, company, {"annual_category_spend": str(company.spend)}, days_ago)


def _add_pattern(scene: Scene, company: Company) -> None:
    pattern = {
        "spend_categories": ";".join(scene.some_of(_CATEGORIES, 1, 3)),
        "purchase_frequency": scene.one_of(_FREQUENCIES),
    }
    _fill(scene, company, pattern, scene.random.randint(10, 500))


def _add_volume(scene: Scene, company: Company) -> None:
    unit, least, most = scene.one_of(_UNITS)
    volume = {
        "annual_order_volume": str(scene.random.randint(least, most)),
        "order_volume_unit": unit,
    }
    _fill(scene, company, volume, scene.random.randint(20, 550))


def _add_suppliers(scene: Scene, company: Company) -> None:
    situation = scene.one_of(("known", "known", "known", "in_house", "none"))
    suppliers = "; ".join(scene.some_of(SUPPLIERS, 1, 3)) if situation == "known" else ""
    if scene.chance(0.15):
        suppliers = f"{suppliers}\n{scene.one_of(DIRT)}".strip()
    values = {"supplier_situation": situation, "current_suppliers": suppliers}
    _fill(scene, company, values, scene.random.randint(20, 480))


def _add_pains_and_gains(scene: Scene, company: Company, *, gains: int) -> None:
    """Add up to three pains and as many gains as asked for, or one more, some of them dirt."""
    pains = scene.some_of(PAINS, 1, 3)
    wishes = scene.some_of(GAINS, gains, gains + 1)
    if company.owner_id == REPEATER:
        pains.append(REPEATED_PAIN)
    for texts in (pains, wishes):
        if scene.chance(0.15):
            texts.append(scene.one_of(DIRT))
    days_ago = scene.random.randint(5, 300)
    _fill(scene, company, {"pains": pains[0]}, days_ago + 60)
    values = {
        "pains": "\n".join(f"- {text}" for text in pains),
        "gains": "\n".join(f"- {text}" for text in wishes),
    }
    _fill(scene, company, values, days_ago)


def _add_declared(scene: Scene, company: Company) -> None:
    story = STORIES[company.story]
    for phase, days_ago in story.declared:
        _fill(scene, company, {"phase_declared": phase}, days_ago)
    if story.locked_for:
        until = scene.day(-story.locked_for)
        _fill(scene, company, {"phase_locked_until": until}, story.declared[-1][1])


def _add_override(scene: Scene, company: Company, place: int) -> None:
    """Set a few by hand: for a reason and a time, without a reason, or past their time."""
    choice, reason, until = {
        4: ("always", "Strategische klant, nieuwe fabriek in aanbouw", -150),
        17: ("never", "Wordt overgenomen door een concurrent van ons", -90),
        29: ("always", "", None),
        38: ("always", "Proefproject verlengd", 35),
        52: ("always", "Moederbedrijf is grote klant", None),
    }.get(place, ("", "", None))
    if choice:
        values = {
            "top_relation_override": choice,
            "top_relation_override_reason": reason,
            "top_relation_override_until": "" if until is None else scene.day(until),
        }
        _fill(scene, company, values, 75)
