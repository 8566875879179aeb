"""Deals of the demo portal: their steps, amounts, owners and companies."""

from connector.sandbox.demo_account import ACTIVE, PROJECT, STAGES
from connector.sandbox.demo_scene import Company, Scene
from connector.sandbox.demo_story import PAST, PAST_LOST, STORIES, Steps, is_recent_win
from connector.sandbox.demo_words import LOST_TO_OTHERS, PRODUCTS, PROJECTS, UNDECIDED
from connector.sandbox.instants import instant_text

_REASONS = {"lost:others": LOST_TO_OTHERS, "lost:undecided": UNDECIDED}
_FIXED_PIPELINE = {"project_ordered": PROJECT, "held": PROJECT, "two_pipelines": "default"}


def add_deals(scene: Scene, company: Company) -> None:
    """Add the deals that a company's story tells, and now and then one from its past."""
    story = STORIES[company.story]
    paths = list(story.paths)
    if story.can_have_past and paths:
        paths[:0] = [path for path, share in ((PAST, 0.7), (PAST_LOST, 0.5)) if scene.chance(share)]
    for number, path in enumerate(paths):
        is_last = number == len(paths) - 1
        pipeline = _FIXED_PIPELINE.get(company.story, scene.one_of(("default", "default", PROJECT)))
        if is_last and company.story == "two_pipelines":
            pipeline = PROJECT
        deal_id = _add_deal(scene, company, pipeline, _dated(scene, path))
        if is_last and story.talks:
            company.open_deal_id = deal_id


def _dated(scene: Scene, path: Steps) -> Steps:
    """A path with days of its own; an order of these weeks is one of this year."""
    factor = scene.random.uniform(0.9, 1.08)
    steps = [(name, max(1, round(days * factor))) for name, days in path]
    if is_recent_win(path):
        steps[-1] = ("won", min(steps[-1][1], scene.days_of_year))
    return tuple(steps)


def _add_deal(scene: Scene, company: Company, pipeline: str, path: Steps) -> str:
    deal_id = scene.new_id("deals")
    is_project = pipeline == PROJECT
    what = scene.one_of(PROJECTS if is_project else PRODUCTS)
    (first, born), *later = path
    planned = path[-1][1] - scene.random.randint(20, 60)
    scene.portal.add_record(
        "deals",
        deal_id,
        {
            "dealname": f"{what} {company.name}",
            "pipeline": pipeline,
            "dealstage": scene.one_of(STAGES[pipeline][first]),
            "amount": _amount(scene, company, is_project=is_project),
            "hubspot_owner_id": company.owner_id,
            "closedate": scene.text(planned or -1),
            "dealtype": "existingbusiness" if company.deal_ids else "newbusiness",
        },
        at=scene.at(born),
    )
    for name, days_ago in later:
        _step(scene, deal_id, pipeline, name, days_ago)
    scene.portal.associate("deals", deal_id, "companies", company.id, "Primary")
    scene.portal.associate("deals", deal_id, "contacts", scene.one_of(company.contact_ids))
    if path[-1][0] == "won" and scene.chance(0.05):
        _split(scene, company, deal_id)
    company.deal_ids.append(deal_id)
    return deal_id


def _step(scene: Scene, deal_id: str, pipeline: str, name: str, days_ago: int) -> None:
    at = scene.at(days_ago)
    values = {"dealstage": scene.one_of(STAGES[pipeline][name.partition(":")[0]])}
    if name == "won" or name in _REASONS:
        values["closedate"] = instant_text(at)
    if name in _REASONS:
        values["closed_lost_reason"] = scene.one_of(_REASONS[name])
    scene.portal.set_values("deals", deal_id, values, at=at)


def _amount(scene: Scene, company: Company, *, is_project: bool) -> str:
    share = scene.random.uniform(0.10, 0.22) if is_project else scene.random.uniform(0.05, 0.12)
    amount = max(250, round(company.spend * share / 50) * 50)
    return f"{amount - 0.05:.2f}" if scene.chance(0.15) else str(amount)


def _split(scene: Scene, company: Company, deal_id: str) -> None:
    colleague = scene.one_of([one for one in ACTIVE if one != company.owner_id])
    scene.portal.add_split(deal_id, company.owner_id, "0.6")
    scene.portal.add_split(deal_id, colleague, "0.4")
