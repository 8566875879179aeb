"""Post a message to an address that is itself a secret: a webhook of a chat or of one's own.

The address stands in no message, log or error. Nothing is sent in the open but to this machine,
no redirect is followed, and what is answered is not read.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from connector.http.dialect import Payload
from connector.http.session import direct_to
from connector.http.settings import is_loopback

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 10.0


class WebhookError(Exception):
    """A message was not taken; the text is for the operator and holds no part of the address."""


class Webhook:
    """One address to post to.

    Args:
        address: reads the address anew for each message; may raise `ConfigError`.
        answer_timeout_s: longest silence while waiting for the answer.
    """

    def __init__(
        self, address: Callable[[], SecretStr], *, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        self._address = address
        self._timeout = (CONNECT_TIMEOUT_S, answer_timeout_s)

    def post(self, message: Payload) -> None:
        """Post one message as JSON; it was taken when this returns.

        Raises:
            ConfigError: there is no address.
            WebhookError: the address is none to post to, or the message was not taken.
        """
        address = self._address().get_secret_value()
        host = _checked_host(address)
        try:
            with (
                requests.Session() as session,
                session.post(
                    address,
                    json=message,
                    auth=_no_login,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                    proxies=direct_to(f"https://{host}") or None,
                ) as answer,
            ):
                status = answer.status_code
        except (requests.RequestException, OSError, ValueError) as error:
            raise WebhookError(
                f"alerts: the webhook gave no answer ({type(error).__name__}): check its address "
                "and the way there"
            ) from None
        if not 200 <= status < 300:  # noqa: PLR2004 - the class of successes
            raise WebhookError(f"alerts: the webhook answered {status}: {_advice(status)}")


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add nothing: without this, requests would look for a login in ~/.netrc."""
    return request


def _advice(status: int) -> str:
    if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
        return "redirects are not followed, give the address that it leads to"
    return "make a new one where it came from, or check what it expects"


def _checked_host(address: str) -> str:
    """Return the host of an address that may be posted to.

    Raises:
        WebhookError: it is no web address, or would go in the open.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port  # read for its check alone
    except ValueError:
        raise WebhookError("alerts: the webhook's address is no web address: mend it") from None
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise WebhookError("alerts: the webhook's address is no web address: mend it")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise WebhookError(
            "alerts: the webhook's address is not https, so it would travel in the open: use https "
            "(plain http is accepted for this machine alone)"
        )
    return f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
