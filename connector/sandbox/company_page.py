"""The company pages of a portal: what a salesperson would see in the CRM, as plain HTML."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from connector.sandbox.company_card import activities_of, card_of, deals_of, inputs_of
from connector.sandbox.company_view import Reader
from connector.sandbox.portal import Portal
from connector.sandbox.records import PortalRecord

TEMPLATES = Path(__file__).with_name("templates")
PAGE_SIZE = 100
_PHASE = "buying_phase"
_COLUMNS = {
    # name of a property of the method: the class of its cells
    "is_top_relation": "",
    _PHASE: "",
    "phase_since": "date",
    "phase_status": "",
    "relation_score": "number",
    "next_best_action": "",
    "potential_revenue": "number",
}
_VIEWS = {"top": ("is_top_relation", "true"), "stalled": ("phase_status", "stalled")}
"""Views that an admin would save: what a property of the method must be."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def routes(portal: Portal, clock: Callable[[], datetime]) -> list[Route]:
    """Routes of the pages: the list of companies, one company, and their style sheet."""
    pages = _Pages(portal, clock)
    return [
        Route("/", pages.list_companies),
        Route("/companies", pages.list_companies),
        Route("/companies/style.css", pages.style),
        Route("/companies/{id:str}", pages.show_company),
    ]


class _Pages:
    """Answers for the pages of one portal."""

    def __init__(self, portal: Portal, clock: Callable[[], datetime]) -> None:
        self._portal = portal
        self._clock = clock
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def list_companies(self, request: Request) -> Response:
        """Companies, top relations first, then by potential, in the columns of a saved view.

        `phase`, `view` and `page` narrow them.
        """
        with self._portal.lock:
            reader = Reader(self._portal, self._clock())
            phases, phase = reader.phases(), request.query_params.get("phase", "")
            view = request.query_params.get("view", "")
            wanted = {
                one: value for one, value in [(_PHASE, phase), _VIEWS.get(view, ("", ""))] if value
            }
            live = [
                one for one in self._portal.objects["companies"].values() if one.archived_ms is None
            ]
            found = [
                one
                for one in live
                if all(reader.value(one, name) == value for name, value in wanted.items())
            ]
            found.sort(key=lambda one: _rank(reader, one))
            number = _page_number(request, len(found))
            first = (number - 1) * PAGE_SIZE
            return self._answer(
                "companies.html",
                reader,
                rows=[_row(reader, one) for one in found[first : first + PAGE_SIZE]],
                columns=_columns(reader),
                filters=[reader.labelled("companies", *one) for one in wanted.items()],
                views={one: reader.labelled("companies", *_VIEWS[one]) for one in _VIEWS},
                view=view,
                phases=phases,
                phase=phase,
                total=len(found),
                page=number,
                pages=_pages(len(found)),
            )

    async def show_company(self, request: Request) -> Response:
        """One company; a merged id leads to the company that it became."""
        portal, company_id = self._portal, str(request.path_params["id"])
        with portal.lock:
            reader = Reader(portal, self._clock())
            company_id = portal.merged["companies"].get(company_id, company_id)
            company = portal.objects["companies"].get(company_id)
            if company is None or company.archived_ms is not None:
                return self._answer(
                    "missing.html", reader, status=HTTPStatus.NOT_FOUND, id=company_id
                )
            planned, past = activities_of(reader, company_id)
            names = ("city", "industry", "hs_lead_status", "numberofemployees")
            about = [reader.of("companies", company, name) for name in names]
            return self._answer(
                "company.html",
                reader,
                id=company_id,
                name=company.values.get("name", company_id),
                seller=reader.seller(company),
                about=[one for one in about if one.text],
                card=card_of(reader, company),
                inputs=inputs_of(reader, company),
                deals=deals_of(reader, company_id),
                contacts=len(list(reader.linked(company_id, "contacts"))),
                planned=planned,
                past=past,
            )

    async def style(self, _: Request) -> Response:
        """The style sheet of all pages."""
        text = (TEMPLATES / "style.css").read_text(encoding="utf-8")
        return Response(text, media_type="text/css", headers=_HEADERS)

    def _answer(
        self,
        template: str,
        reader: Reader,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        **values: object,
    ) -> Response:
        html = self._templates.get_template(template).render(values, spoken=reader.spoken)
        return HTMLResponse(html, status_code=status, headers=_HEADERS)


def _columns(reader: Reader) -> list[dict[str, object]]:
    """Headings of the columns that stand; none before set-up."""
    labels = {name: reader.labelled("companies", name, "").label for name in _COLUMNS}
    return [
        {"label": label, "is_number": _COLUMNS[name] == "number"}
        for name, label in labels.items()
        if label
    ]


def _row(reader: Reader, company: PortalRecord) -> dict[str, object]:
    cells = {name: reader.of_method("companies", company, name) for name in _COLUMNS}
    return {
        "id": company.id,
        "name": company.values.get("name", company.id),
        "seller": reader.seller(company),
        "cells": [
            {"kind": _COLUMNS[name], "value": value} for name, value in cells.items() if value.label
        ],
    }


def _rank(reader: Reader, company: PortalRecord) -> tuple[bool, Decimal, int]:
    try:
        potential = Decimal(reader.value(company, "potential_revenue") or "-1")
    except InvalidOperation:
        potential = Decimal(-1)
    is_top = reader.value(company, "is_top_relation") == "true"
    return not is_top, -potential, int(company.id)


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


def _page_number(request: Request, total: int) -> int:
    text = request.query_params.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004
    return min(max(1, number), _pages(total))
