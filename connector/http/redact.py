"""Take secrets and mail addresses out of a text before it may be shown or logged.

This is the second line: secrets are `SecretStr` and no text is built from an answer's body. It
covers what others write for us: messages of the CRM, of a proxy, of a library.
"""

import re

MASK = "***"

_NAMES = (
    r"access[_-]?token|refresh[_-]?token|id[_-]?token|client[_-]?secret|api[_-]?key|hapikey|"
    r"[a-z_]*password|[a-z_]*secret|[a-z_]*token"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # the whole header, whatever its scheme
    (
        re.compile(r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?)(?:[a-z]+\s+)?[^\s\"'<>]+"),
        rf"\1{MASK}",
    ),
    # what follows a scheme, up to the next blank or quote
    (re.compile(r"(?i)\b(bearer|basic)(?:\s+|%20|\+)[^\s\"'<>]+"), rf"\1 {MASK}"),
    # a named secret in a query, a form or JSON
    (
        re.compile(rf"(?i)\b({_NAMES})([\"']?\s*(?:=|:|%3D)\s*[\"']?)[^\s\"'&;,<>}}]+"),
        rf"\1\2{MASK}",
    ),
    # HubSpot's own tokens tell what they are: pat-eu1-..., and so does a web token: eyJ...
    (re.compile(r"(?i)\bpat-[^\s\"'&;,<>]+"), MASK),
    (re.compile(r"\beyJ[\w-]+\.[\w.-]+"), MASK),
    # user and password before a host
    (re.compile(r"(?<=://)(?:[^\s/@]*:[^\s@]+|[^\s/@]+)@"), f"{MASK}@"),
    (re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
)


def redact(text: str) -> str:
    """Return the text with every secret and every mail address masked.

    Doing it twice changes nothing more.
    """
    for pattern, mask in _RULES:
        text = pattern.sub(mask, text)
    return text
