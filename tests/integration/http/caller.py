"""A process that calls as often as it may: `python -m tests.integration.http.caller URL DIR N`."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import SecretStr

from connector.http import HttpClient, HttpSettings, Limits, Window
from tests.unit.connector.http.plain_dialect import PlainDialect

CALLS = 20
SECONDS = 0.5
RESERVE_SHARE = 0.1
MARGIN_S = 0.3  # the machine that tests run on is busy


def main(base_url: str, folder: str, count: str) -> None:
    limits = Limits(
        {"general": Window(CALLS, SECONDS)},
        reserve_share=RESERVE_SHARE,
        margin_s=MARGIN_S,
        shared=Path(folder),
    )
    client = HttpClient(
        HttpSettings(base_url=base_url),
        crm="hubspot",
        token=lambda: SecretStr("sandbox-token"),
        limits=limits,
        dialect=PlainDialect(),
    )
    with client, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: client.call("GET", "/companies", kind="list"), range(int(count))))


if __name__ == "__main__":
    main(*sys.argv[1:])
