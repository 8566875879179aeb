"""An account of any size on the look-alike in a process of its own, and commands measured there.

Companies, contacts and deals carry about ten values each; every contact and every deal has one
company, by a primary link. `python tests/benchmarks/served_account.py --companies 10` serves until
it is told to end; the first line that it prints is the address. Pages beside the API: `/refused`
tells how many calls met a limit, `/_sandbox/calls?by=type` what was asked.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from connector.sandbox import DEFAULT_SCOPES, Limits, Portal, Sandbox  # noqa: E402 - the checkout comes first

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STAGES = (
    ("appointmentscheduled", "Appointment", "0.2", False),
    ("qualifiedtobuy", "Qualified", "0.4", False),
    ("contractsent", "Contract sent", "0.9", False),
    ("closedwon", "Won", "1.0", True),
    ("closedlost", "Lost", "0.0", True),
)
INDUSTRIES = ("BANKING", "CHEMICALS", "CONSTRUCTION", "MACHINERY", "RETAIL")
FIRST = {"companies": 10_000_000, "contacts": 20_000_000, "deals": 40_000_000}
"""First id of each type, of the length that ids have in an account in use."""

ROLE_EVERY = 5
"""One contact in so many has a buying role; the past of such a contact is read too."""

NEXT_LINK = re.compile(rb'"link": ?"(?P<link>\?limit=\d+&after=(?P<after>\d+))"')
LINK_STANDS_WITHIN = 300  # bytes from the end of a list

STARTER = """
import json, os, subprocess, sys, time
folder, out, error, *command = sys.argv[1:]
with open(out, "wb") as out, open(error, "wb") as error:
    before = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=error)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - before
print(json.dumps({
    "seconds": seconds,
    "cpu_s": usage.ru_utime + usage.ru_stime,
    "peak_mb": usage.ru_maxrss / 1024,
    "exit_code": os.waitstatus_to_exitcode(status),
}))
"""


@dataclass(frozen=True, slots=True)
class Size:
    """Companies, and how many contacts and deals each of them has."""

    companies: int
    contacts: int = 2
    deals: int = 1

    @property
    def records(self) -> int:
        """Records of the three types."""
        return self.companies * (1 + self.contacts + self.deals)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the service answers: time of each call in seconds, and whether it has limits."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    is_limited: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """One process from outside: wall and CPU seconds, peak memory in MB, and what it printed."""

    seconds: float
    cpu_s: float
    peak_mb: float
    exit_code: int
    out: str = field(repr=False)
    error: str = field(repr=False)


def build(size: Size) -> Portal:
    """Account of that size."""
    portal = Portal()
    for owner in range(1, 11):
        portal.add_owner(str(owner), "Seller", str(owner), f"s{owner}@example.com")
    portal.add_pipeline("default", "Sales", STAGES)
    for number in range(size.companies):
        company, at = str(FIRST["companies"] + number), BEGIN + timedelta(seconds=number)
        portal.add_record("companies", company, _company(number), at=at)
        for place in range(number * size.contacts, (number + 1) * size.contacts):
            contact = str(FIRST["contacts"] + place)
            portal.add_record("contacts", contact, _contact(place), at=at)
            portal.associate("contacts", contact, "companies", company, "Primary")
        for place in range(number * size.deals, (number + 1) * size.deals):
            deal = str(FIRST["deals"] + place)
            portal.add_record("deals", deal, _deal(place, at), at=at)
            portal.associate("deals", deal, "companies", company, "Primary")
    return portal


def _company(number: int) -> dict[str, str]:
    return {
        "name": f"Company {number}",
        "domain": f"company{number}.example",
        "industry": INDUSTRIES[number % len(INDUSTRIES)],
        "city": "Utrecht",
        "country": "Netherlands",
        "numberofemployees": str(10 + number % 990),
        "annualrevenue": str(100_000 + number),
        "lifecyclestage": "customer",
        "hubspot_owner_id": str(number % 10 + 1),
    }


def _contact(number: int) -> dict[str, str]:
    has_role = number % ROLE_EVERY == 0
    return {
        "firstname": f"First {number}",
        "lastname": f"Last {number}",
        "email": f"c{number}@example.com",
        "phone": f"+3130{number:07}",
        "jobtitle": "Inkoper" if has_role else "Medewerker",
        "lifecyclestage": "customer",
        "hubspot_owner_id": str(number % 10 + 1),
        "hs_buying_role": "DECISION_MAKER" if has_role else "",
    }


def _deal(number: int, at: datetime) -> dict[str, str]:
    return {
        "dealname": f"Deal {number}",
        "dealstage": STAGES[number % len(STAGES)][0],
        "pipeline": "default",
        "amount": str(1000 + number % 977),
        "closedate": f"{at + timedelta(days=90):%Y-%m-%dT%H:%M:%S}Z",
        "dealtype": "newbusiness",
        "hubspot_owner_id": str(number % 10 + 1),
    }


class _Service(Sandbox):
    """The look-alike with whole addresses of next pages, as some clients follow them.

    It counts the calls that met a limit.
    """

    def __init__(self, portal: Portal, pace: Pace) -> None:
        super().__init__(
            portal,
            limits=Limits() if pace.is_limited else None,
            latency_s=pace.latency_s,
            jitter_s=pace.jitter_s,
            scopes=DEFAULT_SCOPES - {"crm.dealsplits.read_write"},  # optional; no peer reads them
            routes=(Route("/refused", self._tell_refused),),
        )
        self._refused = 0

    async def _tell_refused(self, _: Request) -> JSONResponse:
        return JSONResponse(self._refused)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}

        async def forward(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            self._refused += start["status"] == HTTPStatus.TOO_MANY_REQUESTS
            given: bytes = message["body"]
            body = self._with_whole_link(scope, given)
            if body is not given:
                length = (b"content-length", str(len(body)).encode())
                others = [one for one in start["headers"] if one[0] != length[0]]
                start = {**start, "headers": [*others, length]}
            await send(start)
            await send({**message, "body": body})

        await super()._app(scope, receive, forward)

    def _with_whole_link(self, scope: Scope, body: bytes) -> bytes:
        """The link of a next page is relative: put the address and the rest of the query in."""
        found = NEXT_LINK.search(body, max(0, len(body) - LINK_STANDS_WITHIN))
        if not found:
            return body
        asked = [one for one in scope["query_string"].split(b"&") if not one.startswith(b"after=")]
        query = b"&".join([*asked, b"after=" + found["after"]])
        link: bytes = self.base_url.encode() + scope["path"].encode() + b"?" + query
        return body[: found.start("link")] + link + body[found.end("link") :]


def serve(size: Size, pace: Pace) -> None:
    """Serve until told to end; the first line printed is the address."""
    with _Service(build(size), pace) as service:
        sys.stdout.write(service.base_url + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


@contextmanager
def served(size: Size, pace: Pace) -> Iterator[str]:
    """Address of an account of that size, served by a process of its own while the block runs."""
    command = [sys.executable, __file__, "--companies", str(size.companies)]
    command += ["--contacts", str(size.contacts), "--deals", str(size.deals)]
    command += ["--latency", str(pace.latency_s), "--jitter", str(pace.jitter_s)]
    command += ["--limits"] if pace.is_limited else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def told(base_url: str, page: str) -> Any:
    """What a page beside the API tells."""
    with urlopen(f"{base_url}/{page}", timeout=60) as answer:  # noqa: S310 - on loopback
        return json.load(answer)


def measured(command: Sequence[str], *, folder: Path = ROOT) -> Measured:
    """Run one command to its end.

    A small process starts it and waits for it: what a process is started from counts as its own
    memory at first, and the usage of all children together has but one peak.
    """
    with tempfile.TemporaryDirectory() as place:
        out, error = Path(place) / "out", Path(place) / "error"
        started = [sys.executable, "-I", "-S", "-c", STARTER, str(folder), str(out), str(error)]
        told = subprocess.run([*started, *command], capture_output=True, text=True, check=True)
        figures = json.loads(told.stdout)
        return Measured(
            **figures,
            out=out.read_text(errors="replace"),
            error=error.read_text(errors="replace"),
        )


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--contacts", type=int, default=2)
    parser.add_argument("--deals", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--jitter", type=float, default=0.0)
    parser.add_argument("--limits", action="store_true")
    given = parser.parse_args()
    size = Size(given.companies, given.contacts, given.deals)
    serve(size, Pace(given.latency, given.jitter, is_limited=given.limits))


if __name__ == "__main__":
    main()
