"""What people do to a CRM: two dozen kinds of changes, drawn by weight, always valid."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from kpis.properties import properties_of
from tests.soak.world import ACTIVITIES, LABELS, OBJECTS, World

Change = Callable[[World], bool]
"""Does something to the account; false when there was nothing to do it to."""

WORDS = ("duur", "traag", "breuk", "lange levertijd", "lagere kosten", "rust", "één loket", "kg")
NUMBERS = ("0", "1", "12", "250", "999.5", "10000", "125000.25", "5000000")
EDITED = {
    "companies": (
        "name",
        "industry",
        "type",
        "numberofemployees",
        "annualrevenue",
        "hs_lead_status",
        "hs_lead_status",
        "hs_ideal_customer_profile",
        "hs_is_target_account",
        "notes_next_activity_date",
        "kosten",
        "city",
    ),
    "contacts": (
        "hs_buying_role",
        "hs_buying_role",
        "jobtitle",
        "jobtitle",
        "email",
        "phone",
        "mobilephone",
        "hs_email_hard_bounce_reason_enum",
        "weg",
        "pijn",
        "winst",
        "firstname",
    ),
    "deals": (
        "amount",
        "amount",
        "closedate",
        "closedate",
        "closed_lost_reason",
        "marge",
        "pijn",
        "winst",
        "dealname",
    ),
    "calls": ("hs_timestamp", "hs_call_direction", "hs_call_duration", "hs_call_disposition"),
    "meetings": ("hs_timestamp", "hs_meeting_start_time", "hs_meeting_end_time", "outcome"),
    "emails": ("hs_timestamp", "hs_email_direction"),
    "notes": ("hs_timestamp",),
    "tasks": ("hs_timestamp", "hs_task_status"),
    "communications": ("hs_timestamp",),
    "postal_mail": ("hs_timestamp",),
}
SPECIAL = {
    "jobtitle": ("Directeur", "inkoper", "CEO", "stagiair", "Head of Purchasing"),
    "email": ("a@example.com", "geen", "b@example.org"),
    "phone": ("0201234567", "+31 6 12", "1"),
    "mobilephone": ("0612345678", "06"),
    "closed_lost_reason": ("No decision", "budget", "anders"),
}
INPUTS = tuple(row.name for row in properties_of("companies", "in"))


def value_for(world: World, kind: str, name: str, *, can_clear: bool = True) -> str:
    """A value that the CRM takes for a property."""
    dice = world.dice
    definition = world.portal.properties[kind][name]
    options: list[str] = [option["value"] for option in definition["options"]]
    if name == "hs_call_disposition":
        options = list(world.portal.dispositions)
    if can_clear and world.chance(0.15):
        return ""
    if options and definition["fieldType"] == "checkbox":
        return ";".join(dice.sample(options, min(len(options), dice.randint(1, 3))))
    return dice.choice(options or SPECIAL.get(name) or _typed(world, definition["type"]))


def _typed(world: World, value_type: str) -> Sequence[str]:
    """Values of a type to choose from."""
    moment = world.moment_near(world.clock.now(), 60)
    values: dict[str, Sequence[str]] = {
        "number": NUMBERS,
        "date": (f"{moment:%Y-%m-%d}",),
        "datetime": (f"{moment:%Y-%m-%dT%H:%M:%SZ}",),
        "bool": ("true", "false"),
    }
    return values.get(value_type) or (" ".join(world.dice.sample(WORDS, 2)),)


# edits


def edit_input(world: World) -> bool:
    """A seller fills in, alters or clears inputs of a company."""
    one = world.pick("companies")
    if one is None:
        return False
    names = world.dice.sample(INPUTS, world.dice.randint(1, 3))
    world.set(
        "companies",
        one,
        {f"csk_{name}": value_for(world, "companies", f"csk_{name}") for name in names},
    )
    return True


def edit_record(world: World) -> bool:
    """Somebody edits a record of any type."""
    kind = world.dice.choice((*OBJECTS, *OBJECTS, *ACTIVITIES))
    one = world.pick(kind)
    if one is None:
        return False
    name = world.dice.choice(EDITED[kind])
    name = "hs_meeting_outcome" if name == "outcome" else name
    world.set(kind, one, {name: value_for(world, kind, name)})
    return True


def edit_twice(world: World) -> bool:
    """A value is set and set back: the record moved, and nothing differs."""
    one = world.pick("companies")
    if one is None:
        return False
    before = world.portal.values("companies", one).get("city", "")
    world.set("companies", one, {"city": "Elders"})
    world.set("companies", one, {"city": before})
    return True


def import_values(world: World) -> bool:
    """An import sets a value on many records at one and the same millisecond."""
    kind = world.dice.choice(OBJECTS)
    ids = world.live(kind)
    name = {"companies": "numberofemployees", "contacts": "jobtitle", "deals": "amount"}[kind]
    at = world.clock.tick()
    for one in world.dice.sample(ids, len(ids) // 2):
        world.portal.set_values(kind, one, {name: value_for(world, kind, name)}, at=at)
    return bool(ids)


def move_stage(world: World) -> bool:
    """A deal moves to another stage."""
    one = world.pick("deals")
    if one is None:
        return False
    pipeline, stage = world.stage()
    values = {"pipeline": pipeline, "dealstage": stage}
    if world.chance(0.3):
        values["closedate"] = value_for(world, "deals", "closedate")
    world.set("deals", one, values)
    return True


def overwrite_ours(world: World) -> bool:
    """Somebody edits a value of ours by hand."""
    kind = world.dice.choice(OBJECTS)
    one = world.pick(kind)
    names = world.own_names.get(kind)
    if one is None or not names:
        return False
    standing = [name for name in names if name in world.portal.values(kind, one)]
    name = world.dice.choice(standing or names)
    world.set(kind, one, {name: value_for(world, kind, name)})
    return True


def assign(world: World) -> bool:
    """A record gets another owner, or none."""
    kind = world.dice.choice(("companies", "companies", "deals", *ACTIVITIES))
    one = world.pick(kind)
    if one is None:
        return False
    world.set(kind, one, {"hubspot_owner_id": "" if world.chance(0.1) else world.owner()})
    return True


def share_deal(world: World) -> bool:
    """A deal is shared between two owners, or no longer; that moves its modified date."""
    one = world.pick("deals")
    if one is None:
        return False
    world.portal.splits.pop(one, None)
    owners = sorted({world.owner(), world.owner()})
    if len(owners) > 1:
        for owner, share in zip(owners, ("0.25", "0.75"), strict=True):
            world.portal.add_split(one, owner, share)
    world.set("deals", one, {"dealname": f"D{world.dice.randrange(10**6)}"})
    return True


# the account itself


def change_owners(world: World) -> bool:
    """A seller joins, leaves, or comes back."""
    owners = world.portal.owners
    if len(owners) < 8 and world.chance(0.5):
        one = str(len(owners) + 1)
        world.portal.add_owner(one, "Nieuw", one, f"n{one}@example.com")
        return True
    owner = world.dice.choice(owners)
    owner["archived"] = not owner["archived"]
    owner["userId"] = None if owner["archived"] else owner["userIdIncludingInactive"]
    return True


def add_stage(world: World) -> bool:
    """An admin adds a stage, and a deal moves there at once."""
    pipeline = world.dice.choice(world.portal.deal_pipelines)
    stages = pipeline["stages"]
    one = world.pick("deals")
    if len(stages) >= 9 or one is None:
        return False
    probability = world.dice.choice(("0.3", "0.7", "1.0", "0.0"))
    made: dict[str, Any] = {
        "label": f"Stap {world.dice.randrange(100)}",
        "metadata": {
            "isClosed": str(probability in {"1.0", "0.0"}).lower(),
            "probability": probability,
        },
        "id": world.new_stage_id(),
    }
    stages.insert(world.dice.randrange(len(stages) + 1), stages[0] | made)
    _renumber(stages)
    world.set("deals", one, {"pipeline": pipeline["id"], "dealstage": made["id"]})
    return True


def delete_stage(world: World) -> bool:
    """An admin deletes a stage, after its deals have moved on, as HubSpot asks for."""
    pipeline = world.dice.choice(world.portal.deal_pipelines)
    stages = pipeline["stages"]
    if len(stages) <= 3:
        return False
    stage = world.dice.choice(stages)
    stages.remove(stage)
    _renumber(stages)
    _move_deals(world, pipeline["id"], stage["id"], stages[0]["id"], pipeline["id"])
    return True


def move_stage_over(world: World) -> bool:
    """An admin moves a stage with its deals into another pipeline."""
    source, target = world.dice.sample(world.portal.deal_pipelines, 2)
    if len(source["stages"]) <= 3:
        return False
    stage = world.dice.choice(source["stages"])
    source["stages"].remove(stage)
    target["stages"].append(stage)
    _renumber(source["stages"])
    _renumber(target["stages"])
    _move_deals(world, source["id"], stage["id"], stage["id"], target["id"])
    return True


def rename_stage(world: World) -> bool:
    """An admin gives a stage another name."""
    stage = world.dice.choice(world.dice.choice(world.portal.deal_pipelines)["stages"])
    stage["label"] = f"Stap {world.dice.randrange(1000)}"
    return True


def _renumber(stages: list[dict[str, Any]]) -> None:
    for order, stage in enumerate(stages):
        stage["displayOrder"] = order


def _move_deals(world: World, pipeline: str, stage: str, to: str, to_pipeline: str) -> None:
    for one in map(str, world.portal.ids("deals")):
        values = world.portal.values("deals", one)
        if (values.get("pipeline"), values.get("dealstage")) == (pipeline, stage):
            world.set("deals", one, {"pipeline": to_pipeline, "dealstage": to})


# records come and go


def add_company(world: World) -> bool:
    """A company comes with a contact and a deal."""
    if len(world.live("companies")) >= 1.5 * world.sizes["companies"]:
        return False
    at = world.clock.tick()
    number = world.dice.randrange(10**6)
    values = {"name": f"N{number}", "hubspot_owner_id": world.owner()}
    company = world.add("companies", values, at=at)
    contact = world.add("contacts", {"email": f"n{number}@example.com"}, at=world.clock.tick())
    world.portal.associate("contacts", contact, "companies", company, "Primary")
    if world.chance(0.5):
        add_deal(world)
    return True


def add_contact(world: World) -> bool:
    """A contact comes, mostly with a company."""
    if len(world.live("contacts")) >= 1.5 * world.sizes["contacts"]:
        return False
    role = value_for(world, "contacts", "hs_buying_role")
    one = world.add("contacts", {"hs_buying_role": role}, at=world.clock.tick())
    if world.chance(0.9):
        world.link("contacts", one, "companies", world.dice.choice(LABELS))
    return True


def add_deal(world: World) -> bool:
    """A deal comes, mostly with a company."""
    if len(world.live("deals")) >= 1.5 * world.sizes["deals"]:
        return False
    pipeline, stage = world.stage()
    values = {
        "pipeline": pipeline,
        "dealstage": stage,
        "amount": value_for(world, "deals", "amount", can_clear=False),
        "hubspot_owner_id": world.owner(),
    }
    one = world.add("deals", values, at=world.clock.tick())
    if world.chance(0.9):
        world.link("deals", one, "companies", "Primary")
    return True


def add_activity(world: World) -> bool:
    """Somebody logs an activity on one to three records."""
    kind = world.dice.choice(ACTIVITIES)
    if len(world.live(kind)) >= world.sizes["activities"] / 3:
        return False
    links = world.dice.sample(OBJECTS, world.dice.randint(1, 3))
    one = world.add_activity(kind, at=world.clock.tick(), links=links)
    name = world.dice.choice(EDITED[kind])
    name = "hs_meeting_outcome" if name == "outcome" else name
    world.set(kind, one, {name: value_for(world, kind, name)})
    return True


def archive(world: World) -> bool:
    """A record goes to the recycle bin."""
    kind = world.some_kind()
    one = world.pick(kind)
    if one is None:
        return False
    world.portal.archive(kind, one, at=world.clock.tick())
    return True


def restore(world: World) -> bool:
    """A record comes back from the recycle bin; its modified date does not move."""
    kind = world.some_kind()
    ids = world.archived(kind)
    if not ids:
        return False
    world.portal.restore(kind, world.dice.choice(ids))
    return True


def archive_and_restore(world: World) -> bool:
    """A record is archived and at once restored: what hung on it hangs there still."""
    kind = world.some_kind()
    one = world.pick(kind)
    if one is None:
        return False
    world.portal.archive(kind, one, at=world.clock.tick())
    world.portal.restore(kind, one)
    return True


def purge(world: World) -> bool:
    """A record is deleted for privacy."""
    kind = world.dice.choice(("contacts", "contacts", world.some_kind()))
    one = world.pick(kind)
    if one is None:
        return False
    world.portal.purge(kind, one)
    return True


def swap(world: World) -> bool:
    """One record goes and another comes, so that their number stays."""
    one = world.pick("contacts")
    if one is None:
        return False
    world.portal.archive("contacts", one, at=world.clock.tick())
    return add_contact(world)


def merge(world: World) -> bool:
    """Two records are merged: under a new id, or under that of the first."""
    kind = world.dice.choice(OBJECTS)
    ids = world.live(kind)
    if len(ids) < 10:
        return False
    winner, loser = world.dice.sample(ids, 2)
    new_id = world.new_id(kind) if kind != "deals" and world.chance(0.5) else None
    world.portal.merge(kind, winner, loser, at=world.clock.tick(), new_id=new_id)
    return True


# links


def associate(world: World) -> bool:
    """Two records are linked, or an existing link gets another label."""
    kind = world.dice.choice(("contacts", "deals", *ACTIVITIES))
    one = world.pick(kind)
    if one is None:
        return False
    to_kind = "companies" if kind in OBJECTS else world.dice.choice(OBJECTS)
    world.link(kind, one, to_kind, world.dice.choice(LABELS))
    return True


def disassociate(world: World) -> bool:
    """A link goes."""
    kind = world.dice.choice(("contacts", "deals", *ACTIVITIES))
    one = world.pick(kind)
    to_kind = "companies" if kind in OBJECTS else world.dice.choice(OBJECTS)
    linked = [] if one is None else sorted(world.portal.links.of(kind, one, to_kind))
    if one is None or not linked:
        return False
    world.portal.links.remove(kind, one, to_kind, world.dice.choice(linked))
    return True


WEIGHTS: dict[Change, int] = {
    edit_input: 22,
    edit_record: 24,
    edit_twice: 2,
    import_values: 1,
    move_stage: 12,
    overwrite_ours: 6,
    assign: 5,
    share_deal: 2,
    change_owners: 1,
    add_stage: 1,
    delete_stage: 1,
    move_stage_over: 1,
    rename_stage: 1,
    add_company: 3,
    add_contact: 4,
    add_deal: 5,
    add_activity: 10,
    archive: 5,
    restore: 4,
    archive_and_restore: 2,
    purge: 2,
    swap: 2,
    merge: 3,
    associate: 6,
    disassociate: 3,
}

OF_THE_ACCOUNT = frozenset(
    one.__name__ for one in (change_owners, add_stage, delete_stage, move_stage_over, rename_stage)
)
"""Changes of what the account says of itself, which a run asks for hourly."""


def change(world: World, *, without: Collection[str] = ()) -> str:
    """Do one change that is possible just now; returns its name."""
    weights = {one: weight for one, weight in WEIGHTS.items() if one.__name__ not in without}
    with world.portal.lock:
        while True:
            (drawn,) = world.dice.choices(list(weights), list(weights.values()))
            if drawn(world):
                return drawn.__name__
