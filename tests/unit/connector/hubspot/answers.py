"""Answers of HubSpot as tests lay them down."""

import json
from typing import Any

COMPANIES = "/crm/objects/2026-09/companies"
NOW_MS = 1_781_517_600_000  # 2026-06-15T10:00:00Z
HOUR_MS = 3_600_000


def company(external_id: int, **values: str) -> dict[str, Any]:
    properties = {"hs_lastmodifieddate": "2026-06-15T09:00:00.000Z", **values}
    return {"id": str(external_id), "properties": properties}


def found(*ids: int, total: int | None = None, after: str | None = None) -> dict[str, Any]:
    answer = {
        "total": len(ids) if total is None else total,
        "results": [{"id": str(one), "properties": {}} for one in ids],
    }
    return answer if after is None else {**answer, "paging": {"next": {"after": after}}}


def waiting(until: int = NOW_MS - HOUR_MS) -> str:
    return json.dumps({"mode": "waiting", "until": until})
