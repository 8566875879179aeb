"""What the account says about itself: owners, pipelines, currencies, call outcomes, splits."""

from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from connector.sandbox.instants import instant_text
from connector.sandbox.portal import Portal
from connector.sandbox.wire import (
    ApiError,
    Json,
    Reply,
    Request,
    batch_reply,
    page_of,
    part_error,
)

MAX_PAGE = 500
MAX_INPUTS = 100


def account_details(portal: Portal, request: Request) -> Reply:
    """Currency, time zone and the account's own id."""
    offset = request.at.astimezone(ZoneInfo(portal.timezone)).strftime("%z")
    seconds = int(offset[:3]) * 3600 + int(offset[0] + offset[3:]) * 60
    return Reply(
        HTTPStatus.OK,
        {
            "portalId": int(portal.account_id),
            "accountType": "STANDARD",
            "timeZone": portal.timezone,
            "companyCurrency": portal.currency,
            "additionalCurrencies": portal.additional_currencies,
            "utcOffset": f"{offset[:3]}:{offset[3:]}",
            "utcOffsetMilliseconds": seconds * 1000,
            "uiDomain": "app-eu1.hubspot.com",
            "dataHostingLocation": "eu1",
        },
    )


def list_owners(portal: Portal, request: Request) -> Reply:
    """Owners, live or archived: both take two calls."""
    is_archived, email = request.is_true("archived"), request.text("email")
    found = [
        one
        for one in portal.owners
        if one["archived"] == is_archived and email in {"", one["email"]}
    ]
    return Reply(HTTPStatus.OK, page_of(found, request, default=100, most=MAX_PAGE))


def get_owner(portal: Portal, request: Request) -> Reply:
    """One owner, by the id that records carry or by that of the user."""
    name = "userId" if request.text("idProperty") == "userId" else "id"
    is_archived = request.is_true("archived")
    for one in portal.owners:
        if str(one[name]) == request.parts["id"] and one["archived"] == is_archived:
            return Reply(HTTPStatus.OK, one)
    raise ApiError(HTTPStatus.NOT_FOUND, "resource not found", category="OBJECT_NOT_FOUND")


def list_pipelines(portal: Portal, request: Request) -> Reply:
    """All pipelines with their stages, in one piece."""
    return Reply(HTTPStatus.OK, {"results": portal.pipelines.get(request.kind().name, [])})


def get_pipeline(portal: Portal, request: Request) -> Reply:
    """One pipeline."""
    return Reply(HTTPStatus.OK, _pipeline(portal, request))


def list_stages(portal: Portal, request: Request) -> Reply:
    """Stages of one pipeline."""
    return Reply(HTTPStatus.OK, {"results": _pipeline(portal, request)["stages"]})


def list_dispositions(portal: Portal, _: Request) -> Reply:
    """Outcomes that a call can have; this old endpoint answers a bare list."""
    found = [
        {"id": key, "label": label, "deleted": False} for key, label in portal.dispositions.items()
    ]
    return Reply(HTTPStatus.OK, found)


def list_rates(portal: Portal, request: Request) -> Reply:
    """Dated exchange rates into the account's currency."""
    return Reply(HTTPStatus.OK, page_of(portal.rates, request, default=100, most=100))


def list_current_rates(portal: Portal, request: Request) -> Reply:
    """The rate of each currency that holds now."""
    now = request.at
    current: dict[str, Json] = {}
    for rate in sorted(portal.rates, key=_effective):
        if _effective(rate) <= now:
            current[rate["fromCurrencyCode"]] = rate
    return Reply(HTTPStatus.OK, {"results": list(current.values())})


def company_currency(portal: Portal, request: Request) -> Reply:
    """The account's own currency."""
    at = instant_text(request.at)
    return Reply(
        HTTPStatus.OK,
        {"id": "1", "currencyCode": portal.currency, "createdAt": at, "updatedAt": at},
    )


def read_splits(portal: Portal, request: Request) -> Reply:
    """Splits of deals; a deal without has none in the answer."""
    results, missing = [], []
    for one in request.inputs(MAX_INPUTS):
        deal_id = str(one.get("id"))
        if deal_id not in portal.objects["deals"]:
            missing.append(deal_id)
        elif deal_id in portal.splits:
            results.append({"id": deal_id, "splits": _splits(portal, deal_id)})
    errors = [
        part_error("OBJECT_NOT_FOUND", "Could not get some deals objects", {"ids": missing})
    ] * bool(missing)
    return batch_reply(request, results, errors)


def no_validations(_: Portal, request: Request) -> Reply:
    """Rules on the values of properties; this account has none."""
    request.kind()
    return Reply(HTTPStatus.OK, {"results": []})


def _pipeline(portal: Portal, request: Request) -> Json:
    for one in portal.pipelines.get(request.kind().name, []):
        if one["id"] == request.parts["id"]:
            return one
    raise ApiError(HTTPStatus.NOT_FOUND, "resource not found", category="OBJECT_NOT_FOUND")


def _effective(rate: Json) -> datetime:
    return datetime.fromisoformat(rate["effectiveAt"])


def _splits(portal: Portal, deal_id: str) -> list[Json]:
    created = portal.objects["deals"][deal_id].values["createdate"]
    return [
        {
            "id": f"{deal_id}{number:02}",
            "properties": {"hs_deal_split_percentage": share, "hubspot_owner_id": owner_id},
            "createdAt": created,
            "updatedAt": created,
            "archived": False,
        }
        for number, (owner_id, share) in enumerate(portal.splits[deal_id], start=1)
    ]
