"""How to reach a CRM over HTTP; the adapter's own settings fill this."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from connector.ports import ConfigError


class HttpSettings(BaseModel):
    """Address, patience and bounds of one HTTP client.

    Attributes:
        connect_timeout_s: longest time to open a connection.
        read_timeout_s: longest silence while waiting for an answer or a part of it.
        answer_timeout_s: longest time for a whole answer, however steadily it drips.
        max_answer_bytes: largest answer after decompression.
        tries: most attempts for one call, the first included.
        total_s: no wait is begun that would end later than this after the call began.
        connections: connections kept open, best as many as there are threads.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str
    connect_timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    read_timeout_s: Annotated[float, Field(gt=0, le=120)] = 30.0
    answer_timeout_s: Annotated[float, Field(gt=0, le=600)] = 110.0
    max_answer_bytes: Annotated[int, Field(ge=1024, le=1_000_000_000)] = 64_000_000
    tries: Annotated[int, Field(ge=1, le=20)] = 6
    total_s: Annotated[float, Field(ge=0, le=3600)] = 120.0
    connections: Annotated[int, Field(ge=1, le=64)] = 8


def checked_base_url(crm: str, url: str) -> str:
    """Return the base URL without a closing slash.

    Raises:
        ConfigError: it is no address, is not https (plain http is for loopback alone), or carries
            a user, a query or a fragment. The address is not repeated: it may hold a password.
    """
    no_address = f"{crm}: base_url is no web address; use one such as https://host"
    try:
        parts = urlsplit(url)
        _ = parts.port  # read for its check alone
    except ValueError:
        raise ConfigError(no_address) from None
    if not parts.hostname:
        raise ConfigError(no_address)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigError(
            f"{crm}: base_url holds more than scheme, host, port and path; leave that out"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ConfigError(
            f"{crm}: base_url is not https, so the token would travel in the open; use https "
            "(plain http is accepted for this machine alone)"
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
