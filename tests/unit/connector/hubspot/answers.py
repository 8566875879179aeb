"""Answers of HubSpot as tests lay them down."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

COMPANIES = "/crm/objects/2026-09/companies"
NOW_MS = 1_781_517_600_000  # 2026-06-15T10:00:00Z
HOUR_MS = 3_600_000


def company(external_id: int, **values: str) -> dict[str, Any]:
    properties = {"hs_lastmodifieddate": "2026-06-15T09:00:00.000Z", **values}
    return {"id": str(external_id), "properties": properties}


def changed(*ids: int, total: int | None = None, after: str | None = None) -> dict[str, Any]:
    """Answer of a search that brings the records themselves."""
    answer = {
        "total": len(ids) if total is None else total,
        "results": [company(one) for one in ids],
    }
    return answer if after is None else {**answer, "paging": {"next": {"after": after}}}


def window(opens: int = 100, until: int = 200, last_id: int = 0) -> str:
    return json.dumps({"mode": "incremental", "from": opens, "until": until, "last_id": last_id})


def found(*ids: int, total: int | None = None, after: str | None = None) -> dict[str, Any]:
    answer = {
        "total": len(ids) if total is None else total,
        "results": [{"id": str(one), "properties": {}} for one in ids],
    }
    return answer if after is None else {**answer, "paging": {"next": {"after": after}}}


def waiting(until: int = NOW_MS - HOUR_MS) -> str:
    return json.dumps({"mode": "waiting", "until": until})


@dataclass
class Held:
    """What a mirror holds: modified time by id."""

    times: dict[str, datetime]

    def count_modified_since(self, since: datetime) -> int:
        return sum(at >= since for at in self.times.values())

    def modified(self, ids: Collection[str]) -> Mapping[str, datetime]:
        return {one: self.times[one] for one in ids if one in self.times}
