"""What an account says of itself: owners, pipelines, definitions, currencies."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from connector.sandbox.definitions import Json, default_properties, definition, first_group
from connector.sandbox.instants import instant_text
from connector.sandbox.kinds import KINDS
from connector.sandbox.spoken import Language

APP_ID = "1185"
"""Id under which writes over the API appear in histories."""

DISPOSITIONS = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}
"""HubSpot's own call outcomes by id."""


class Description:
    """The part of an account that is not its records.

    Attributes:
        properties: definitions by name per object type, archived ones among them.
        splits: (owner id, share) by deal id.
        required_when: rules of the account's admin: (object type, property, value) makes other
            properties required, their names with semicolons between. No write may leave a record
            with the value and without one of them.
        language: of the person who reads the pages, nl or en; labels stay as they were made.
        in_use: what uses a property (a calculation, a workflow), by object type and name; such a
            one is not archived.
    """

    def __init__(
        self,
        account_id: str = "1234567",
        currency: str = "EUR",
        timezone: str = "Europe/Amsterdam",
        *,
        additional_currencies: Sequence[str] = (),
        app_id: str = APP_ID,
        property_limit: int = 1_000,
    ) -> None:
        self.account_id = account_id
        self.currency = currency
        self.timezone = timezone
        self.additional_currencies = list(additional_currencies)
        self.app_id = app_id
        self.property_limit = property_limit
        self.owners: list[Json] = []
        self.pipelines: dict[str, list[Json]] = {}
        self.splits: dict[str, list[tuple[str, str]]] = {}
        self.rates: list[Json] = []
        self.dispositions = dict(DISPOSITIONS)
        self.required_when: dict[tuple[str, str, str], str] = {}
        self.language: Language = "nl"
        self.in_use: dict[tuple[str, str], str] = {}
        self.properties: dict[str, dict[str, Json]] = {
            name: {one["name"]: one for one in default_properties(name)} for name in KINDS
        }
        self.groups: dict[str, dict[str, Json]] = {
            name: {group: _group(group, label)}
            for name in KINDS
            for group, label in [first_group(name)]
        }

    @property
    def deal_pipelines(self) -> list[Json]:
        """Pipelines of deals, which decide what a stage means."""
        return self.pipelines.get("deals", [])

    def add_owner(  # noqa: PLR0917 - a line of the load files
        self,
        id: str,  # noqa: A002 - the CRM's own word, and that of every caller
        first_name: str,
        last_name: str,
        email: str,
        user_id: str | None = None,
        archived: bool = False,  # noqa: FBT001, FBT002 - a column of the load files
    ) -> None:
        """Add a person who can own records; an archived one has lost the user, not the id."""
        number = int(user_id or id)
        self.owners.append(
            {
                "id": id,
                "email": email,
                "type": "PERSON",
                "firstName": first_name,
                "lastName": last_name,
                "userId": None if archived else number,
                "userIdIncludingInactive": number,
                "createdAt": "2020-01-01T08:00:00Z",
                "updatedAt": "2020-01-01T08:00:00Z",
                "archived": archived,
            }
        )

    def add_pipeline(
        self,
        id: str,  # noqa: A002 - the CRM's own word, and that of every caller
        label: str,
        stages: Sequence[tuple[str, str, str, bool]],
        object_type: str = "deals",
    ) -> None:
        """Add a pipeline with its stages (id, label, probability as text, closed or not)."""
        dates = {"createdAt": "1970-01-01T00:00:00Z", "updatedAt": "1970-01-01T00:00:00Z"}
        pipelines = self.pipelines.setdefault(object_type, [])
        pipelines.append(
            {
                "label": label,
                "displayOrder": len(pipelines),
                "id": id,
                "stages": [
                    {
                        "label": stage_label,
                        "displayOrder": order,
                        "metadata": {
                            "isClosed": str(is_closed).lower(),
                            "probability": probability,
                        },
                        "id": stage_id,
                        **dates,
                        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                        "archived": False,
                    }
                    for order, (stage_id, stage_label, probability, is_closed) in enumerate(stages)
                ],
                **dates,
                "archived": False,
            }
        )

    def add_property(  # noqa: PLR0917 - a line of the load files
        self,
        object_type: str,
        name: str,
        label: str,
        type: str,  # noqa: A002 - the CRM's own word, and that of every caller
        field_type: str,
        options: Mapping[str, str] | None = None,
        group: str | None = None,
        **extra: object,
    ) -> None:
        """Define a property of the account's own; `extra` holds fields of the API's definition.

        A group that does not exist yet is made under its own name.
        """
        if group and group not in self.groups[object_type]:
            self.add_group(object_type, group, group)
        self.properties[object_type][name] = definition(
            name,
            label,
            type,
            field_type,
            options=options or {},
            group=group or first_group(object_type)[0],
            at="2024-01-01T00:00:00Z",
            **extra,
        )

    def add_group(self, object_type: str, name: str, label: str) -> None:
        """Add a group of properties."""
        self.groups[object_type][name] = _group(name, label)

    def require(self, object_type: str, name: str, *, when_property: str, when_value: str) -> None:
        """Make a property required on records of which another one has a value.

        Version 2026-09 holds writes over the API to it. What people and `set_values` do is not.

        Raises:
            ValueError: one of the two properties is not defined.
        """
        self.require_defined(object_type, (name, when_property))
        rule = object_type, when_property, when_value
        names = self.required_when.get(rule, "").split(";")
        self.required_when[rule] = ";".join(dict.fromkeys([*filter(None, names), name]))

    def require_defined(self, object_type: str, names: Iterable[str]) -> None:
        """Refuse names that no property of the type has.

        Raises:
            ValueError: there is such a name.
        """
        defined = self.properties[object_type]
        unknown = [name for name in names if name not in defined]
        if unknown:
            listed = ", ".join(sorted(unknown))
            raise ValueError(f"portal: {object_type}: not defined: {listed}: add_property first")

    def add_rate(self, currency: str, valid_from: datetime | str, rate: str) -> None:
        """Add the value of one unit of a currency in the account's own, from an instant on."""
        text = valid_from if isinstance(valid_from, str) else instant_text(valid_from)
        self.rates.append(
            {
                "id": str(len(self.rates) + 1),
                "fromCurrencyCode": currency,
                "toCurrencyCode": self.currency,
                "conversionRate": float(rate),
                "effectiveAt": text,
                "visibleInUI": True,
                "createdAt": text,
                "updatedAt": text,
            }
        )

    def add_split(self, deal_id: str, owner_id: str, share: str) -> None:
        """Give an owner a share (0 to 1, as text) of a deal."""
        self.splits.setdefault(deal_id, []).append((owner_id, str(share)))


def _group(name: str, label: str) -> Json:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}
