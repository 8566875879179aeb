"""What ops can set for one HubSpot account."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class HubSpotLimits(BaseModel):
    """How fast we may call; the defaults suit every tier (reference: rate limits).

    Attributes:
        general_per_10s: calls in ten seconds of one key; 190 from Professional on.
        associations_per_10s: the own budget of association batches; 150 from Professional on.
        search_per_s: searches a second of the whole account, shared by all of its apps.
        reserve_share: share of every budget that is left to the account's other apps.
        enabled: False lets the CRM's own refusals set the pace; for a look-alike server alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    general_per_10s: Annotated[int, Field(ge=1, le=1000)] = 100
    associations_per_10s: Annotated[int, Field(ge=1, le=1000)] = 100
    search_per_s: Annotated[int, Field(ge=1, le=50)] = 5
    reserve_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    enabled: bool = True


class HubSpotSettings(BaseModel):
    """One HubSpot account.

    Attributes:
        token_env: name of the environment variable that holds the token.
        token_file: a file with the token instead, read again when the CRM refuses it.
        page_size: records a page of a list or batch read; a search asks for twice as many.
        overlap_s: how far before the last pull a search looks back; its index lags behind.
        lag_s: changes younger than this are left to the next pull.
        max_tries: most attempts for one call.
        max_wait_s: longest time that one call may wait for better times, in all its attempts.
        app_id: id of the app behind the token, as histories name it; None when unknown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hubspot"]
    base_url: str = "https://api.hubapi.com"
    token_env: str = "HUBSPOT_TOKEN"  # noqa: S105  # the variable's name, not the token
    token_file: Path | None = None
    page_size: Annotated[int, Field(ge=1, le=100)] = 100
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 30.0
    limits: HubSpotLimits = HubSpotLimits()
    overlap_s: Annotated[int, Field(ge=0, le=86_400)] = 3600
    lag_s: Annotated[int, Field(ge=0, le=3600)] = 120
    max_tries: Annotated[int, Field(ge=1, le=20)] = 6
    max_wait_s: Annotated[float, Field(ge=0, le=3600)] = 120.0
    app_id: str | None = None
