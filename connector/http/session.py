"""What every request carries: the pooled connections, our name, the token."""

import threading
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from connector.http.settings import is_loopback
from connector.ports import ConfigError


def new_session(base_url: str, connections: int) -> requests.Session:
    """Return a session that threads may share: no cookies, no retries, one pool.

    Proxies and the bundle of certificates come from the environment, as everywhere with requests.
    """
    session = requests.Session()
    session.mount(base_url, HTTPAdapter(pool_connections=1, pool_maxsize=connections))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers["User-Agent"] = f"toprelatie/{_version()}"
    session.headers["Accept"] = "application/json"
    return session


def direct_to(base_url: str) -> dict[str, str]:
    """Return the `proxies` of a request: no proxy of the environment stands before this machine."""
    host = urlsplit(base_url).hostname or ""
    return {"no_proxy": host} if is_loopback(host) else {}


def close_session(session: requests.Session) -> None:
    """Close every connection of a session; its own `close` forgets them and leaves that to chance.

    A fault that somebody still holds refers to its pool, which then stays open.
    """
    adapters = [each for each in session.adapters.values() if isinstance(each, HTTPAdapter)]
    for pools in (adapter.poolmanager.pools for adapter in adapters):
        for key in pools.keys():  # noqa: SIM118 - this mapping refuses to be iterated itself
            pools[key].close()
    session.close()


def _version() -> str:
    try:
        return version("toprelatie")
    except PackageNotFoundError:  # run from the checkout
        return "dev"


class Bearer(AuthBase):
    """A token on its way to a request. As `auth` it also keeps a .netrc from taking its place."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into the header of a request."""
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


class Credential:
    """The token in use, read when first needed and again when the CRM refuses it."""

    def __init__(self, crm: str, read: Callable[[], SecretStr]) -> None:
        self._crm = crm
        self._read = read
        self._lock = threading.Lock()
        self._bearer: Bearer | None = None

    def current(self) -> Bearer:
        """Return the token in use.

        Raises:
            ConfigError: there is no token, or it holds what no token holds.
        """
        with self._lock:
            if self._bearer is None:
                self._bearer = self._read_bearer()
            return self._bearer

    def renewed(self, refused: Bearer) -> Bearer:
        """Return the token read again, unless another thread has done so since `refused`."""
        with self._lock:
            if self._bearer is refused:
                self._bearer = self._read_bearer()
        return self.current()

    def _read_bearer(self) -> Bearer:
        text = self._read().get_secret_value().strip()
        if not text:
            raise ConfigError(f"{self._crm}: the token is empty; set it, then start again")
        if not text.isascii() or not text.isprintable() or " " in text:
            # requests would refuse the header too, and print it
            raise ConfigError(
                f"{self._crm}: the token holds a blank, a line break or a letter outside ASCII; "
                "copy it again"
            )
        return Bearer(SecretStr(text))
