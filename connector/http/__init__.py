"""HTTP to a CRM: calls, retries, limits, paging. The only room that knows requests."""

from connector.http.client import HttpClient
from connector.http.dialect import Answer, Dialect, ErrorDetail, LimitReading, Payload
from connector.http.limits import Limits
from connector.http.paging import pages
from connector.http.redact import redact
from connector.http.settings import HttpSettings
from connector.http.window import Window

__all__ = [
    "Answer",
    "Dialect",
    "ErrorDetail",
    "HttpClient",
    "HttpSettings",
    "LimitReading",
    "Limits",
    "Payload",
    "Window",
    "pages",
    "redact",
]
