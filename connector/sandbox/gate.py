"""Who may call what: the bearer token and its scopes."""

from collections.abc import Mapping
from http import HTTPStatus

from connector.sandbox.kinds import BY_WORD
from connector.sandbox.routes import Route
from connector.sandbox.wire import ApiError

SCOPES_PAGE = "https://developers.hubspot.com/scopes"

_OBJECTS = ("companies", "contacts", "deals")
DEFAULT_SCOPES: frozenset[str] = frozenset(
    {f"crm.objects.{name}.{verb}" for name in _OBJECTS for verb in ("read", "write")}
    | {f"crm.schemas.{name}.{verb}" for name in _OBJECTS for verb in ("read", "write")}
    | {
        "crm.objects.goals.read",
        "crm.objects.goals.write",
        "crm.objects.owners.read",
        "crm.dealsplits.read_write",
        "sales-email-read",
        "settings.currencies.read",
        "oauth",
    }
)
"""Everything the look-alike can be asked for."""


def check_token(authorization: str | None, token: str) -> None:
    """Refuse a call without the right bearer token.

    Raises:
        ApiError: there is none, or another one.
    """
    if authorization is None:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
            category="INVALID_AUTHENTICATION",
        )
    if authorization != f"Bearer {token}":
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            "The access token is not valid.",
            category="INVALID_AUTHENTICATION",
        )


def check_scopes(route: Route, parts: Mapping[str, str], scopes: frozenset[str]) -> None:
    """Refuse a call that the token does not allow, whatever its body holds.

    So a batch without inputs tells whether the scope is there: refused without it, answered as
    complete and empty with it. That this goes for property definitions as for records is not
    verified on a live account.

    Raises:
        ApiError: a scope is missing; the answer names those that would do.
    """
    for choices in _needed(route, parts):
        if not scopes & choices:
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "This app hasn't been granted all required scopes to make this call. "
                f"Read more about required scopes here: {SCOPES_PAGE}.",
                category="MISSING_SCOPES",
                errors=[
                    {
                        "message": "One or more of the following scopes are required.",
                        "context": {"requiredGranularScopes": sorted(choices)},
                    }
                ],
                links={"scopes": SCOPES_PAGE},
            )


def _needed(route: Route, parts: Mapping[str, str]) -> list[frozenset[str]]:
    """Sets of scopes; of each set the token must have one."""
    verb = "write" if route.writes else "read"
    scope_of = {part: BY_WORD[word].scope for part, word in parts.items() if word in BY_WORD}
    if route.access in {"objects", "associations"}:
        words = [parts[part] for part in ("type", "from", "to") if part in parts]
        needed = [frozenset({f"crm.objects.{scope}.{verb}"}) for scope in scope_of.values()]
        emails = [frozenset({"sales-email-read"}) for word in words if word in _EMAIL_WORDS]
        return needed + emails
    if route.access == "schema":
        return [_schema_scopes(scope_of.get("type", "contacts"), verb)]
    return _FIXED[route.access]


def _schema_scopes(scope: str, verb: str) -> frozenset[str]:
    own = f"crm.schemas.{scope}.{verb}"
    return frozenset({own} if verb == "write" else {own, f"crm.objects.{scope}.read"})


_EMAIL_WORDS = frozenset({"emails", "email", "0-49"})
_FIXED: dict[str, list[frozenset[str]]] = {
    "pipelines": [frozenset({"crm.objects.deals.read", "crm.schemas.deals.read"})],
    "owners": [frozenset({"crm.objects.owners.read"})],
    "limits": [frozenset(f"crm.objects.{name}.read" for name in _OBJECTS)],
    "currencies": [frozenset({"settings.currencies.read"})],
    "splits": [frozenset({"crm.dealsplits.read_write"})],
    "calls": [frozenset({"crm.objects.contacts.read"})],
    "account": [],
}
