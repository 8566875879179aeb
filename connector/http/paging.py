"""Page after page by the token of the next one, with a guard against going round in circles."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from connector.ports import PermanentCrmError

MAX_PAGES = 200_000
"""Pages of 100 of the largest portal we would serve in one process (design 9), twenty times."""

_P = TypeVar("_P")


def pages(
    ask: Callable[[str | None], _P],
    next_of: Callable[[_P], str | None],
    *,
    what: str,
    start: str | None = None,
    max_pages: int = MAX_PAGES,
) -> Iterator[_P]:
    """Yield page after page until one names no next.

    Args:
        ask: gets the page of a token; None asks for the first.
        next_of: the token of the page after this one; None or "" ends. A token is passed back as
            it came and never followed as an address: whoever wrote the answer must not choose
            where our token is sent.
        what: who pages through what, for the messages: `hubspot: list of companies`.
        start: token to begin at.
        max_pages: more than there can be.

    Raises:
        PermanentCrmError: a token came twice or is an address, or there are more than `max_pages`.
    """
    token = start
    seen = {token}
    for _ in range(max_pages):
        page = ask(token)
        token = next_of(page) or None
        _check(token, seen, what)
        yield page
        if token is None:
            return
        seen.add(token)
    raise PermanentCrmError(f"{what}: no end after {max_pages} pages; the pull was stopped")


def _check(token: str | None, seen: set[str | None], what: str) -> None:
    if token is None:
        return
    if token in seen:
        raise PermanentCrmError(f"{what}: the same next page was named twice; the pull was stopped")
    if "://" in token:
        raise PermanentCrmError(
            f"{what}: the next page is named by an address, which is never followed"
        )
