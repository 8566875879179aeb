"""What every request carries, and the pooled connections it goes over."""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlencode, urlsplit

import requests
from pydantic import SecretStr
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import default_headers, requote_uri
from urllib3.connectionpool import ConnectionPool

from connector.http.dialect import Payload
from connector.http.settings import HttpSettings, is_loopback
from connector.ports import ConfigError


class Connections:
    """Pooled connections to one base URL; threads may share them. No cookies, no redirects.

    A `requests.Session` would ask the environment anew before each call and build each request
    from parts that never change, which costs more than sending it. So proxies and the bundle of
    certificates are asked for once, in requests' own way, and its adapter sends.

    Args:
        base_url: checked, without a closing slash.
    """

    def __init__(self, base_url: str, settings: HttpSettings) -> None:
        self._base_url = base_url
        self._timeout = (settings.connect_timeout_s, settings.read_timeout_s)
        self._adapter = _OneHost(pool_connections=1, pool_maxsize=settings.connections)
        with requests.Session() as session:
            found = session.merge_environment_settings(
                base_url, direct_to(base_url), stream=True, verify=True, cert=None
            )
        self._proxies = {**found["proxies"]}
        self._verify = found["verify"] or True
        self._headers = {
            **{name: str(value) for name, value in default_headers().items()},
            "User-Agent": f"toprelatie/{_version()}",
            "Accept": "application/json",
        }

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None,
        body: Payload | None,
        token: SecretStr,
    ) -> requests.Response:
        """Send a request, and return the answer with its body unread.

        Raises:
            OSError: no answer came; a `requests.RequestException` but for a missing bundle.
        """
        request = requests.PreparedRequest()
        request.method = method
        request.url = requote_uri(self._base_url + path)
        if params:
            request.url += f"?{urlencode(params)}"
        headers = CaseInsensitiveDict(self._headers)
        headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        if body is not None:
            request.body = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
            headers["Content-Type"] = "application/json"
            headers["Content-Length"] = str(len(request.body))
        request.headers = headers
        return self._adapter.send(
            request,
            stream=True,
            timeout=self._timeout,
            verify=self._verify,
            proxies=self._proxies,
        )

    def close(self) -> None:
        """Close every connection, now and not when the last reference to them goes.

        A fault that somebody still holds refers to its pool, which else would stay open.
        """
        if self._adapter.pool is not None:
            self._adapter.pool.close()
        self._adapter.close()


class _OneHost(HTTPAdapter):
    """Finds its pool once: address, certificates and proxies are the same for every request."""

    pool: ConnectionPool | None = None

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - the signature is inherited
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> ConnectionPool:
        """Return the pool of the one host."""
        if self.pool is None:
            self.pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return self.pool


def direct_to(base_url: str) -> dict[str, str]:
    """Return the `proxies` of a request: no proxy of the environment stands before this machine."""
    host = urlsplit(base_url).hostname or ""
    return {"no_proxy": host} if is_loopback(host) else {}


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """When the server sent this by its own clock, aware; None when it does not tell."""
    try:
        at = parsedate_to_datetime(headers.get("Date", ""))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _version() -> str:
    try:
        return version("toprelatie")
    except PackageNotFoundError:  # run from the checkout
        return "dev"


class Credential:
    """The token in use, read when first needed and again when the CRM refuses it.

    Args:
        read: may raise `ConfigError`.
        tell: told of each token that comes into use.
    """

    def __init__(
        self, crm: str, read: Callable[[], SecretStr], *, tell: Callable[[SecretStr], object]
    ) -> None:
        self._crm = crm
        self._read = read
        self._tell = tell
        self._lock = threading.Lock()
        self._token: SecretStr | None = None

    def current(self) -> SecretStr:
        """Return the token in use.

        Raises:
            ConfigError: there is no token, or it holds what no token holds.
        """
        with self._lock:
            return self._token or self._renew()

    def renewed(self, refused: SecretStr) -> SecretStr:
        """Return the token read again, unless another thread has done so since `refused`."""
        with self._lock:
            if self._token is None or self._token is refused:
                return self._renew()
            return self._token

    def _renew(self) -> SecretStr:
        text = self._read().get_secret_value().strip()
        if not text:
            raise ConfigError(f"{self._crm}: the token is empty; set it, then start again")
        if not text.isascii() or not text.isprintable() or " " in text:
            # requests would refuse the header too, and print it
            raise ConfigError(
                f"{self._crm}: the token holds a blank, a line break or a letter outside ASCII; "
                "copy it again"
            )
        self._token = SecretStr(text)
        self._tell(self._token)
        return self._token
