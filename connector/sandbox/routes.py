"""The paths of the API: one table, under dated and under numbered versions.

A numbered path is turned into the dated form first, with V for the version, so that every handler
is named once (reference: versions and paths).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from connector.sandbox import account, associations, batch, groups, objects, schema, search
from connector.sandbox.kinds import BY_WORD, ObjectKind
from connector.sandbox.limits import Bucket
from connector.sandbox.portal import Portal
from connector.sandbox.wire import Reply, Request

Handler = Callable[[Portal, Request], Reply]

_DATED = re.compile(r"/20\d\d-\d\d(?=/|$)")
_NUMBERED = (
    (re.compile(r"^/crm/objects/v3/deals/splits/"), "/deal-splits/V/"),
    (
        re.compile(r"^/crm/v3/(objects|properties|pipelines|owners|limits|property-validations)"),
        r"/crm/\1/V",
    ),
    (re.compile(r"^/crm/v4/(objects|associations)(?=/)"), r"/crm/\1/V"),
    (re.compile(r"^/crm/objects/v[34](?=/)"), "/crm/objects/V"),
    (re.compile(r"^/account-info/v3(?=/)"), "/account-info/V"),
    (re.compile(r"^/settings/v3/currencies(?=/)"), "/settings/currencies/V"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """One thing the API can be asked for.

    Attributes:
        name: what calls are counted as (`list`, `search`, `batch_read`, ...).
        access: what the token must allow: `objects`, `schema`, ... (see `gate`).
        writes: whether the call changes anything.
    """

    method: str
    pattern: re.Pattern[str]
    name: str
    handler: Handler
    access: str
    writes: bool
    bucket: Bucket = "general"


def _route(call: str, name: str, handler: Handler, access: str, *, writes: bool = False) -> Route:
    method, path = call.split(" ")
    pattern = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "/?$")
    buckets: dict[str, Bucket] = {"associations": "associations"}
    bucket: Bucket = "search" if name == "search" else buckets.get(access, "general")
    return Route(method, pattern, name, handler, access, writes, bucket)


_OBJECT = "/crm/objects/V/{type}"
_LINK = "/crm/associations/V/{from}/{to}"
_PROPERTY = "/crm/properties/V/{type}"
_PIPELINE = "/crm/pipelines/V/{type}"
_RATE = "/settings/currencies/V"

ROUTES: tuple[Route, ...] = (
    _route(f"GET {_OBJECT}", "list", objects.list_records, "objects"),
    _route(f"POST {_OBJECT}/batch/read", "batch_read", batch.read_batch, "objects"),
    _route(f"POST {_OBJECT}/search", "search", search.search_records, "objects"),
    _route(f"POST {_LINK}/batch/read", "links", associations.read_links, "associations"),
    _route(
        f"POST {_OBJECT}/batch/update", "batch_update", batch.update_batch, "objects", writes=True
    ),
    _route(f"GET {_OBJECT}/{{id}}", "get", objects.get_record, "objects"),
    _route(f"PATCH {_OBJECT}/{{id}}", "update", objects.update_record, "objects", writes=True),
    _route(f"DELETE {_OBJECT}/{{id}}", "archive", objects.archive_record, "objects", writes=True),
    _route(f"POST {_OBJECT}", "create", objects.create_record, "objects", writes=True),
    _route(
        f"POST {_OBJECT}/batch/create", "batch_create", batch.create_batch, "objects", writes=True
    ),
    _route(
        f"POST {_OBJECT}/batch/archive",
        "batch_archive",
        batch.archive_batch,
        "objects",
        writes=True,
    ),
    _route(
        f"GET {_OBJECT}/{{id}}/associations/{{to}}", "links", associations.list_links, "objects"
    ),
    _route(
        f"PUT {_OBJECT}/{{id}}/associations/default/{{to}}/{{to_id}}",
        "create_links",
        associations.create_default_link,
        "objects",
        writes=True,
    ),
    _route(
        f"POST {_LINK}/batch/create",
        "create_links",
        associations.create_links,
        "associations",
        writes=True,
    ),
    _route(
        f"POST {_LINK}/batch/associate/default",
        "create_links",
        associations.create_default_links,
        "associations",
        writes=True,
    ),
    _route(
        f"POST {_LINK}/batch/archive",
        "archive_links",
        associations.archive_links,
        "associations",
        writes=True,
    ),
    _route(f"GET {_LINK}/labels", "labels", associations.list_labels, "associations"),
    _route(f"GET {_PROPERTY}/groups", "groups", groups.list_groups, "schema"),
    _route(f"POST {_PROPERTY}/groups", "create_group", groups.create_group, "schema", writes=True),
    _route(f"GET {_PROPERTY}/groups/{{name}}", "groups", groups.get_group, "schema"),
    _route(
        f"PATCH {_PROPERTY}/groups/{{name}}",
        "update_group",
        groups.update_group,
        "schema",
        writes=True,
    ),
    _route(
        f"DELETE {_PROPERTY}/groups/{{name}}",
        "archive_group",
        groups.archive_group,
        "schema",
        writes=True,
    ),
    _route(
        f"POST {_PROPERTY}/batch/create",
        "create_properties",
        schema.create_properties,
        "schema",
        writes=True,
    ),
    _route(f"POST {_PROPERTY}/batch/read", "properties", schema.read_properties, "schema"),
    _route(
        f"POST {_PROPERTY}/batch/archive",
        "archive_properties",
        schema.archive_properties,
        "schema",
        writes=True,
    ),
    _route(f"GET {_PROPERTY}", "properties", schema.list_properties, "schema"),
    _route(f"POST {_PROPERTY}", "create_property", schema.create_property, "schema", writes=True),
    _route(f"GET {_PROPERTY}/{{name}}", "properties", schema.get_property, "schema"),
    _route(
        f"PATCH {_PROPERTY}/{{name}}",
        "update_property",
        schema.update_property,
        "schema",
        writes=True,
    ),
    _route(
        f"DELETE {_PROPERTY}/{{name}}",
        "archive_property",
        schema.archive_property,
        "schema",
        writes=True,
    ),
    _route(f"GET {_PIPELINE}", "pipelines", account.list_pipelines, "pipelines"),
    _route(f"GET {_PIPELINE}/{{id}}", "pipelines", account.get_pipeline, "pipelines"),
    _route(f"GET {_PIPELINE}/{{id}}/stages", "pipelines", account.list_stages, "pipelines"),
    _route("GET /crm/owners/V", "owners", account.list_owners, "owners"),
    _route("GET /crm/owners/V/{id}", "owners", account.get_owner, "owners"),
    _route(
        "GET /crm/limits/V/custom-properties",
        "limits",
        schema.custom_property_limits,
        "limits",
    ),
    _route(
        "GET /crm/property-validations/V/{type}",
        "validations",
        account.no_validations,
        "schema",
    ),
    _route("GET /account-info/V/details", "account", account.account_details, "account"),
    _route(f"GET {_RATE}/exchange-rates", "rates", account.list_rates, "currencies"),
    _route(
        f"GET {_RATE}/exchange-rates/current", "rates", account.list_current_rates, "currencies"
    ),
    _route(f"GET {_RATE}/company-currency", "rates", account.company_currency, "currencies"),
    _route("POST /deal-splits/V/batch/read", "splits", account.read_splits, "splits"),
    _route("GET /calling/v1/dispositions", "dispositions", account.list_dispositions, "calls"),
)


@lru_cache(maxsize=4_096)
def canonical(path: str) -> tuple[str, bool]:
    """Path with V for its version, and whether the version was a date."""
    dated, count = _DATED.subn("/V", path, count=1)
    if count:
        return dated, True
    for pattern, form in _NUMBERED:
        turned, count = pattern.subn(form, path, count=1)
        if count:
            return turned, False
    return path, False


@lru_cache(maxsize=4_096)
def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """Route of a call with the named parts of its path; None when the API has no such path."""
    for route in ROUTES:
        if route.method == method:
            match = route.pattern.match(path)
            if match:
                return route, {name: unquote(part) for name, part in match.groupdict().items()}
    return None


def object_kind(parts: Mapping[str, str]) -> ObjectKind | None:
    """Object type that a path is about, None when it is about none."""
    return BY_WORD.get(parts.get("type") or parts.get("from") or "")
