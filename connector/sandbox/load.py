"""Fill a portal from a folder of CSV files (docs/load-layout.md)."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector.sandbox.instants import instant_text, to_ms
from connector.sandbox.kinds import FILED, GOALS, KINDS
from connector.sandbox.links import PLAIN_IDS, PRIMARY, PRIMARY_IDS
from connector.sandbox.load_history import BEFORE_ALL, History
from connector.sandbox.load_table import Line, LoadError, read_lines
from connector.sandbox.portal import Portal
from connector.sandbox.schema import FIELD_TYPES, NAME

__all__ = ["LoadError", "load_portal"]

REQUIRED = ("companies.csv", "pipelines.csv")
_ACCOUNT_KEYS = ("account_id", "currency", "timezone")
_CURRENCY_LETTERS = 3
_PERIOD = ("hs_start_datetime", "hs_end_datetime")


def load_portal(folder: Path) -> Portal:
    """Build a portal from the files of a folder.

    A column that is no property yet becomes one of text. A record is made at its own creation date,
    else when its history begins, else on 1 January 2020; what it was made with counts from then.

    Raises:
        LoadError: a file or column is missing, or a cell cannot be used.
    """
    for name in REQUIRED:
        if not (folder / name).is_file():
            raise LoadError(f"{folder / name}: is not there: put {' and '.join(REQUIRED)} there")
    portal = _account(folder / "account.csv")
    _add_owners(portal, folder / "owners.csv")
    _add_pipelines(portal, folder / "pipelines.csv")
    _add_properties(portal, folder / "properties.csv")
    history = History(folder / "history.csv")
    for object_type in FILED:
        for line in read_lines(folder / f"{object_type}.csv", ("id",)):
            _add_record(portal, object_type, line, history)
    history.check_used()
    _add_goals(portal, folder / "goals.csv", history)
    _add_links(portal, folder / "associations.csv")
    _add_splits(portal, folder / "splits.csv")
    _add_rates(portal, folder / "exchange_rates.csv")
    return portal


def _account(path: Path) -> Portal:
    lines = {
        line.one_of("key", _ACCOUNT_KEYS): line for line in read_lines(path, ("key", "value"), ())
    }
    given = {key: line.needed("value") for key, line in lines.items()}
    if not given.get("account_id", "1").isdigit():
        raise lines["account_id"].fault("value", "digits, as HubSpot numbers its accounts")
    currency = given.get("currency", "EUR")
    if len(currency) != _CURRENCY_LETTERS or not currency.isupper():
        raise lines["currency"].fault("value", "a currency of ISO 4217 such as EUR")
    try:
        ZoneInfo(given.get("timezone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise lines["timezone"].fault("value", "a zone such as Europe/Amsterdam") from None
    return Portal(
        given.get("account_id", "1234567"), currency, given.get("timezone", "Europe/Amsterdam")
    )


def _add_owners(portal: Portal, path: Path) -> None:
    knows = ("first_name", "last_name", "email", "user_id", "archived")
    seen: set[str] = set()
    for line in read_lines(path, ("id",), knows):
        owner_id = _digits(line, "id")
        if owner_id in seen:
            raise line.fault("id", "an id that no other line has")
        seen.add(owner_id)
        portal.add_owner(
            owner_id,
            line.text("first_name"),
            line.text("last_name"),
            line.text("email"),
            user_id=_digits(line, "user_id") if line.text("user_id") else None,
            archived=line.is_true("archived"),
        )


def _add_pipelines(portal: Portal, path: Path) -> None:
    needs = ("pipeline_id", "stage_id", "probability", "is_closed")
    knows = ("pipeline_label", "stage_label", "display_order")
    stages: dict[str, list[tuple[int, tuple[str, str, str, bool]]]] = {}
    labels: dict[str, str] = {}
    for line in read_lines(path, needs, knows):
        pipeline_id, stage_id = line.needed("pipeline_id"), line.needed("stage_id")
        labels.setdefault(pipeline_id, line.text("pipeline_label") or pipeline_id)
        order = line.text("display_order") or "0"
        if not order.isdigit():
            raise line.fault("display_order", "a number")
        listed = stages.setdefault(pipeline_id, [])
        if any(stage[0] == stage_id for _, stage in listed):
            raise line.fault("stage_id", "an id that no other stage of the pipeline has")
        label = line.text("stage_label") or stage_id
        stage = (stage_id, label, line.share("probability"), line.is_true("is_closed"))
        listed.append((int(order), stage))
    for pipeline_id, listed in stages.items():
        in_order = sorted(listed, key=lambda pair: pair[0])
        portal.add_pipeline(pipeline_id, labels[pipeline_id], [stage for _, stage in in_order])


def _add_properties(portal: Portal, path: Path) -> None:
    needs, knows = ("object_type", "name", "type", "field_type"), ("label", "options")
    for line in read_lines(path, needs, knows):
        object_type, name = line.one_of("object_type", FILED), line.needed("name")
        if not NAME.fullmatch(name):
            raise line.fault("name", "small letters, digits and _, a letter first")
        value_type = line.one_of("type", FIELD_TYPES)
        field_type = line.one_of("field_type", sorted(FIELD_TYPES[value_type]))
        pairs = [pair.partition("=") for pair in line.text("options").split(";") if pair]
        if not all(value and label for value, _, label in pairs):
            raise line.fault("options", "value=Label;value=Label")
        portal.add_property(
            object_type,
            name,
            line.text("label") or name,
            value_type,
            field_type,
            options={value: label for value, _, label in pairs},
        )


def _add_record(portal: Portal, object_type: str, line: Line, history: History) -> None:
    record_id, kind = _digits(line, "id"), KINDS[object_type]
    if record_id in portal.objects[object_type]:
        raise line.fault("id", f"an id that no other line of {line.path.name} has")
    values = {name: text for name, text in line.cells.items() if name != "id"}
    past = history.take(object_type, record_id, values)
    for name in (*values, *past):
        _define(portal, object_type, name, line)
    changes = sorted((one for row in past.values() for one in row), key=lambda one: one.at)
    at = line.instant(kind.created) if values.get(kind.created) else None
    at = at or (changes[0].at if changes else BEFORE_ALL)
    standing = {name: text for name, text in values.items() if name not in past}
    record = portal.add_record(object_type, record_id, standing, at=at)
    for one in changes:
        new = {one.name: one.value}
        portal.set_values(object_type, record_id, new, at=one.at, source_type=one.source_type)
    if values.get(kind.modified):
        record.touch(to_ms(line.instant(kind.modified)), kind.modified)


def _add_goals(portal: Portal, path: Path, history: History) -> None:
    """A day of a period begins at midnight UTC, as HubSpot keeps the days of goals."""
    owners = {one["id"] for one in portal.owners}
    for line in read_lines(path, ("id",)):
        if line.text("hubspot_owner_id") not in {"", *owners}:
            raise line.fault("hubspot_owner_id", "an id that owners.csv has")
        period = {name: instant_text(line.instant(name)) for name in _PERIOD if line.text(name)}
        _add_record(portal, GOALS, replace(line, cells=line.cells | period), history)


def _define(portal: Portal, object_type: str, name: str, line: Line) -> None:
    """A column that no definition has is text of the account's own."""
    if name in portal.properties[object_type]:
        return
    if not NAME.fullmatch(name):
        allowed = "names of properties as columns: small letters, digits and _, a letter first"
        raise LoadError(f'{line.path}:{line.number}: found property "{name}": use {allowed}')
    portal.add_property(object_type, name, name, "string", "text")


def _add_links(portal: Portal, path: Path) -> None:
    needs = ("from_type", "from_id", "to_type", "to_id")
    for line in read_lines(path, needs, ("label",)):
        from_type = line.one_of("from_type", FILED)
        linked = [other for one, other in PLAIN_IDS if one == from_type]
        to_type = line.one_of("to_type", linked)
        for column, object_type in (("from_id", from_type), ("to_id", to_type)):
            if line.text(column) not in portal.objects[object_type]:
                raise line.fault(column, f"an id that {object_type}.csv has")
        label = line.text("label") or None
        if label == PRIMARY and (from_type, to_type) not in PRIMARY_IDS:
            raise line.fault("label", "Primary between companies and contacts or deals only")
        portal.associate(from_type, line.text("from_id"), to_type, line.text("to_id"), label)


def _add_splits(portal: Portal, path: Path) -> None:
    owners = {one["id"] for one in portal.owners}
    for line in read_lines(path, ("deal_id", "owner_id", "share"), ()):
        if line.text("deal_id") not in portal.objects["deals"]:
            raise line.fault("deal_id", "an id that deals.csv has")
        if line.text("owner_id") not in owners:
            raise line.fault("owner_id", "an id that owners.csv has")
        portal.add_split(line.text("deal_id"), line.text("owner_id"), line.share("share"))


def _add_rates(portal: Portal, path: Path) -> None:
    for line in read_lines(path, ("currency", "valid_from", "rate"), ()):
        currency = line.needed("currency")
        portal.add_rate(currency, line.instant("valid_from"), line.positive("rate"))
        if currency not in portal.additional_currencies:
            portal.additional_currencies.append(currency)


def _digits(line: Line, column: str) -> str:
    text = line.needed(column)
    if not text.isascii() or not text.isdigit():
        raise line.fault(column, "digits")
    return text
