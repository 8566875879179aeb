"""Targets of sellers (reference: owners, users, goals)."""

from collections.abc import Iterator, Mapping

from connector.goal import GOAL_PROPERTIES, is_by_user, seller_of, to_goal, zone_of
from connector.hubspot import api
from connector.hubspot.calls import Calls
from connector.hubspot.payload import object_in, required, results_of
from connector.ports import Description
from connector.values import RecordError
from kpis.records import Goal

GOAL_SCOPE = "crm.objects.goals.read"


def goals(calls: Calls, description: Description) -> Iterator[Goal]:
    """Yield the targets of sellers, 100 a call; one that is no target of a seller is left out.

    Owners are asked for their user ids only when a goal names its seller by one.
    """
    found = [
        (required(one, "id"), object_in(one, "properties"))
        for page in calls.pages(
            api.objects(api.GOALS),
            {"limit": api.PAGE, "properties": ",".join(GOAL_PROPERTIES)},
            kind="list",
            scope=GOAL_SCOPE,
        )
        for one in results_of(page)
    ]
    owners = {one.external_id for one in description.owners}
    takes_users = owners and any(is_by_user(values, owners) for _, values in found)
    by_user = _owners_by_user(calls) if takes_users else {}
    zone = zone_of(description.timezone)
    for external_id, values in found:
        seller = seller_of(values, owners, by_user)
        try:
            goal = to_goal(external_id, values, seller=seller, zone=zone)
        except RecordError:
            continue  # no target without a number and a period
        if goal is not None:
            yield goal


def has_goals(calls: Calls) -> bool:
    """Try to read one.

    Raises:
        PermanentCrmError: the scope is missing, or the account's tier has no goals.
    """
    calls.get(
        api.objects(api.GOALS),
        kind="metadata",
        scope=GOAL_SCOPE,
        params={"limit": 1, "properties": "hs_object_id"},
    )
    return True


def _owners_by_user(calls: Calls) -> Mapping[str, str]:
    """Owner id by user id; an owner who left keeps the user id under a name of its own."""
    return {
        str(user): required(one, "id")
        for archived in ("true", "false")  # who is there goes before who has left
        for page in calls.pages(api.OWNERS, {"limit": 100, "archived": archived}, kind="metadata")
        for one in results_of(page)
        if (user := one.get("userId") or one.get("userIdIncludingInactive"))
    }
