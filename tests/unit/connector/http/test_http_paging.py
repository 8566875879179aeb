"""Page after page: all of them, once, and never in circles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.http import pages
from connector.ports import PermanentCrmError


class Book:
    """Answers a token with the pair (token asked, next token)."""

    def __init__(self, follows: dict[str | None, str | None]) -> None:
        self.follows = follows
        self.asked: list[str | None] = []

    def ask(self, token: str | None) -> tuple[str | None, str | None]:
        self.asked.append(token)
        return token, self.follows[token]


def read(book: Book, **given) -> list[str | None]:
    return [
        page[0] for page in pages(book.ask, lambda page: page[1], what="hubspot: list", **given)
    ]


def test_pages_end_with_the_one_that_names_no_next():
    assert read(Book({None: "a", "a": "b", "b": None})) == [None, "a", "b"]


def test_pages_end_at_an_empty_token_too():
    assert read(Book({None: ""})) == [None]


def test_pages_begin_at_the_given_token():
    assert read(Book({"a": "b", "b": None}), start="a") == ["a", "b"]


def test_pages_ask_for_the_next_only_when_it_is_wanted():
    book = Book({None: "a", "a": "b"})

    next(pages(book.ask, lambda page: page[1], what="hubspot: list"))

    assert book.asked == [None]


@pytest.mark.parametrize(
    ("follows", "start"),
    [
        ({None: "a", "a": "a"}, None),
        ({None: "a", "a": "b", "b": "a"}, None),
        ({"a": "b", "b": "a"}, "a"),
    ],
)
def test_pages_stop_when_a_token_comes_back(follows, start):
    with pytest.raises(
        PermanentCrmError, match="hubspot: list: the same next page was named twice"
    ):
        read(Book(follows), start=start)


@pytest.mark.parametrize(("max_pages", "ends"), [(3, True), (2, False)])
def test_pages_stop_after_more_than_there_can_be(max_pages, ends):
    book = Book({None: "a", "a": "b", "b": None})

    if ends:
        assert len(read(book, max_pages=max_pages)) == 3
    else:
        with pytest.raises(PermanentCrmError, match="hubspot: list: no end after 2 pages"):
            read(book, max_pages=max_pages)
        assert book.asked == [None, "a"]


def test_pages_never_follow_an_address():
    with pytest.raises(PermanentCrmError, match="never followed") as caught:
        read(Book({None: "https://evil.test/?after=1"}))
    assert "evil" not in str(caught.value)


@given(tokens=st.lists(st.text("ab12", min_size=1), unique=True))
def test_pages_deliver_every_page_once_and_in_order(tokens):
    chain: list[str | None] = [None, *tokens]

    assert read(Book(dict(zip(chain, [*tokens, None], strict=True)))) == chain
