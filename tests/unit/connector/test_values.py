"""From a CRM's texts to typed values; what cannot be read is told without the value."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.record import (
    Parser,
    activity_properties,
    properties_in_use,
    to_activity,
    to_company,
    to_contact,
    to_deal,
)
from connector.values import (
    RecordError,
    to_count,
    to_day,
    to_decimal,
    to_flag,
    to_instant,
    to_instant_or_day,
    to_instant_or_none,
    to_options,
    to_text,
)
from mappings.fields import CompanyFields, ContactFields, DealFields, Fields

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)

SENTENCES = frozenset(
    {
        "is not a plain number",
        "is larger than any amount can be",
        "is no date",
        "is a moment without a time zone",
        "is neither true nor false",
    }
)
"""All that an error may say of a value."""


def complaint(read: Callable[[], object]) -> str | None:
    """What an error says, if there is one."""
    try:
        read()
    except RecordError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("text", "expected"), [(None, None), ("", None), (" \t", None), (" a b ", "a b")]
)
def test_text_has_no_outer_blanks(text, expected):
    assert to_text(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("  ", None),
        (" 12.50 ", "12.50"),
        ("-3", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0.1234564", "0.123456"),
        ("0.1234565", "0.123457"),
        ("-0.1234565", "-0.123457"),
        ("0.123456", "0.123456"),
        ("999999999999999", "999999999999999"),
        ("-999999999999999.999999", "-999999999999999.999999"),
        ("999999999999999.9999994", "999999999999999.999999"),
    ],
)
def test_number_is_read_exactly_and_rounded_half_up_to_six_decimals(text, expected):
    assert to_decimal(text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,5", "plain"),
        ("1e3", "plain"),
        ("NaN", "plain"),
        ("Infinity", "plain"),
        ("1_000", "plain"),
        ("€ 5", "plain"),
        ("1 000", "plain"),
        ("1;2", "plain"),
        ("1.2.3", "plain"),
        ("+-5", "plain"),
        (".", "plain"),
        ("-", "plain"),
        ("1000000000000000", "larger"),
        ("-1000000000000000", "larger"),
        ("999999999999999.9999995", "larger"),
        ("9" * 5000, "larger"),
    ],
)
def test_number_that_is_not_plain_or_too_large_is_refused(text, told):
    with pytest.raises(RecordError, match=told):
        to_decimal(text)


@pytest.mark.parametrize(
    ("text", "expected"), [(None, None), ("61000", 61_000), ("2.9", 2), ("-2.9", -2), ("0", 0)]
)
def test_count_is_cut_off_after_the_point(text, expected):
    assert to_count(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        (" ", None),
        ("2026-06-30", date(2026, 6, 30)),
        ("20260630", date(2026, 6, 30)),
        ("2026-06-30T10:00:00Z", datetime(2026, 6, 30, 10, tzinfo=UTC)),
        ("2026-06-30T10:00:00+02:00", datetime(2026, 6, 30, 8, tzinfo=UTC)),
        ("2026-06-30T10:00:00.1239Z", datetime(2026, 6, 30, 10, 0, 0, 123_000, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1782813600123", datetime(2026, 6, 30, 10, 0, 0, 123_000, tzinfo=UTC)),
        ("-1000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("99999999999999", datetime(5138, 11, 16, 9, 46, 39, 999_000, tzinfo=UTC)),
    ],
)
def test_moment_is_read_as_instant_or_day_as_it_is_written(text, expected):
    assert to_instant_or_day(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("soon", "no date"),
        ("2026-02-30", "no date"),
        ("30-06-2026", "no date"),
        ("20261330", "no date"),
        ("100000000000000", "no date"),
        ("-", "no date"),
        ("2026-06-30T25:00:00Z", "no date"),
        ("0001-01-01T00:00:00+01:00", "no date"),
        ("2026-06-30T10:00:00", "without a time zone"),
    ],
)
def test_moment_that_cannot_be_read_is_refused(text, told):
    for parser in (to_instant_or_day, to_instant, to_day):
        with pytest.raises(RecordError, match=told):
            parser(text)
    assert to_instant_or_none(text) is None


def test_day_is_midnight_utc_and_instant_its_day():
    assert to_instant("2026-06-30") == datetime(2026, 6, 30, tzinfo=UTC)
    assert to_instant("") is None
    assert to_day("2026-06-30T23:59:59Z") == date(2026, 6, 30)
    assert to_day("2026-06-30") == date(2026, 6, 30)
    assert to_day(None) is None
    assert to_instant_or_none("2026-06-30") == datetime(2026, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [(None, ()), ("", ()), (";", ()), ("b; a;b;", ("a", "b")), ("one", ("one",))],
)
def test_options_are_sorted_and_stand_once(text, expected):
    assert to_options(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        (" ", None),
        ("true", True),
        ("YES", True),
        ("1", True),
        (" False ", False),
        ("no", False),
        ("0", False),
    ],
)
def test_flag_is_yes_or_no(text, expected):
    assert to_flag(text) is expected


@pytest.mark.parametrize("text", ["maybe", "2", "ja"])
def test_flag_that_is_neither_is_refused(text):
    with pytest.raises(RecordError, match="is neither true nor false"):
        to_flag(text)


PARSERS: tuple[Parser, ...] = (
    to_text,
    to_decimal,
    to_count,
    to_instant,
    to_day,
    to_instant_or_day,
    to_options,
    to_flag,
)
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.-+T:Z ", max_size=30),
    st.integers().map(str),
    st.datetimes().map(str),
)


@given(st.sampled_from(PARSERS), TEXTS)
def test_parser_reads_any_text_or_says_one_of_its_sentences(parser: Parser, text: str) -> None:
    assert complaint(lambda: parser(text)) in SENTENCES | {None}


@given(TEXTS)
def test_number_that_is_read_fits_the_store(text: str) -> None:
    try:
        number = to_decimal(text)
    except RecordError:
        return
    if number is not None:
        assert abs(number) < 10**15
        assert number == round(number, 6)


Reading = Callable[[dict[str, str]], object]
READINGS: tuple[tuple[Reading, frozenset[str]], ...] = (
    (
        lambda values: to_company("1", AT, values, CompanyFields()),
        properties_in_use(CompanyFields()),
    ),
    (lambda values: to_deal("1", AT, values, DealFields()), properties_in_use(DealFields())),
    (
        lambda values: to_contact("1", AT, values, ContactFields()),
        properties_in_use(ContactFields()),
    ),
    (
        lambda values: to_activity("1", AT, values, "calls", Fields()),
        activity_properties("calls", Fields()),
    ),
)


@given(st.sampled_from(READINGS), st.data())
def test_no_value_stands_in_an_error_of_a_record(
    reading: tuple[Reading, frozenset[str]], data: st.DataObject
) -> None:
    read, names = reading
    values = data.draw(st.dictionaries(st.sampled_from(sorted(names)), TEXTS))
    told = complaint(lambda: read(values))
    if told is not None:
        word, field, sentence = told.split(maxsplit=2)
        assert word == "field"
        assert field.replace("_", "").isalpha()
        assert sentence in SENTENCES
