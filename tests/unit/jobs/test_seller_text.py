"""What a seller's digest says: own relations and figures alone, each thing once, and escaped."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from jobs.seller.digest import Digest, recipients, seller_digests
from jobs.seller.text import LONGEST_NAME, Wording, body_of, plain_of
from jobs.seller.week import Past, past_of
from tests.unit.jobs.digest_phrases import (
    DUTCH,
    ENGLISH,
    SHIPPED,
    day_of,
    history,
    relation,
    relations,
    sellers,
)

MONDAY = date(2026, 6, 15)
THEN = date(2026, 6, 7)
Row = Mapping[str, object]


def past(*days: Row, **figures: object) -> Past | None:
    """What stood a week ago; `figures` of seller 51."""
    of_sellers = ({"seller_id": "51", "from_on": THEN} | figures,) if figures else ()
    return past_of(history(*days, of_sellers=of_sellers), MONDAY, fiscal_year_start=1)


def digest(*rows: Row, then: Past | None = None, **figures: object) -> Digest:
    """Digest of seller 51."""
    (one,) = seller_digests(sellers("51", **figures), relations(*rows), then, ["51"])
    return one


def told(
    *rows: Row, wording: Wording = ENGLISH, then: Past | None = None, **figures: object
) -> str:
    """Its text as HTML."""
    return body_of(digest(*rows, then=then, **figures), wording, today=MONDAY)


def lines(text: str) -> list[str]:
    """Lines of a list, without their marks."""
    return [one.split("</li>")[0] for one in text.split("<li>")[1:]]


def test_text_tells_the_week_what_to_do_and_the_figures_when_nobody_knows_what_stood():
    assert told(relation("1")) == (
        "<p>Week 25. Your own figures alone.</p>"
        "<p><strong>To act on</strong></p><ol>"
        "<li><strong>Relation 1</strong>: Last contact 01-05-2026 (1)</li></ol>"
        "<p><strong>Figures</strong></p><ul>"
        "<li>En kpi1: 2 of 4; en focus_share: 67%</li>"
        "<li>Top relations by phase: quote phase 3, unknown 1; stalled: 2</li>"
        "<li>En revenue_ytd: EUR 12,346; en pace: 123%</li>"
        "<li>En seller_score: 66/100</li></ul>"
        "<p>Not for employment or pay decisions.</p><p>As of 2026-06-15.</p>"
    )


def test_text_in_dutch_writes_amounts_and_dates_as_the_dutch_do():
    text = told(relation("1"), wording=DUTCH, then=past(day_of("1", THEN)))

    assert "<li>Nl revenue_ytd: EUR 12.346; nl pace: 123%</li>" in text
    assert "<p>Sinds 07-06-2026 is er bij je toprelaties niets veranderd.</p>" in text
    assert text.endswith("<p>Stand van 15-06-2026.</p>")


def test_each_change_is_told_in_its_own_words():
    rows = [
        relation("1", buying_phase="quote", relation_score=66, pains_gains_complete=True),
        relation("2", is_top_relation=False, buying_phase="quote"),
        relation("3"),
        relation("4", pains_gains_complete=False),
    ]
    then = past(
        day_of("1", THEN),
        day_of("2", THEN),
        day_of("3", THEN, is_top_relation=False),
        day_of("4", THEN, pains_gains_complete=True),
    )

    text = told(*rows, then=then)

    assert "<strong>Changed since 2026-06-07</strong>" in text
    assert lines(text)[:4] == [
        "<strong>Relation 3</strong>: now a top relation",
        "<strong>Relation 2</strong>: no longer a top relation",
        (
            "<strong>Relation 1</strong>: from interest to quote phase; "
            "pains &amp; gains complete; score from 50 to 66"
        ),
        "<strong>Relation 4</strong>: pains &amp; gains no longer complete",
    ]


@pytest.mark.parametrize(
    ("count", "heading"),
    [
        (5, "Changed since 2026-06-07<"),
        (6, "Changed since 2026-06-07 (the 5 most important of 6)<"),
    ],
)
def test_five_changes_are_told_at_most_and_how_many_there_are(count, heading):
    rows = [relation(str(one), relation_score=90) for one in range(1, count + 1)]
    then = past(*(day_of(str(one), THEN) for one in range(1, count + 1)))

    text = told(*rows, then=then)

    assert heading in text
    assert text.count("score from 50 to 90") == 5


def test_figure_tells_what_it_was_only_where_it_is_shown_otherwise():
    then = past(
        day_of("1", THEN),
        kpi1=1,
        top_relations_total=5,
        focus_share=Decimal("0.6681"),
        stalled_count=2,
        revenue_ytd=Decimal(12000),
        seller_score=None,
    )

    assert lines(told(relation("1", next_best_action="maintain"), then=then)) == [
        "En kpi1: 2 of 4 (was 1 of 5); en focus_share: 67%",
        "Top relations by phase: quote phase 3, unknown 1; stalled: 2",
        "En revenue_ytd: EUR 12,346 (was EUR 12,000); en pace: 123%",
        "En seller_score: 66/100",
    ]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"seller_score_reason": "too_few_top_relations"}, "too few top relations for a score"),
        ({"seller_score": 0}, "0/100"),
    ],
)
def test_seller_without_a_score_is_told_why(values, line):
    text = told(relation("1"), **({"seller_score": None} | values))

    assert lines(text)[-1] == f"En seller_score: {line}"


def test_figure_that_is_not_known_is_left_out():
    text = told(
        relation("1", next_best_action="maintain"),
        kpi1=None,
        focus_share=None,
        revenue_ytd=None,
        pace=None,
        seller_score=None,
    )

    assert lines(text) == ["Top relations by phase: quote phase 3, unknown 1; stalled: 2"]


def test_shipped_texts_tell_no_figure_and_no_action_twice():
    """The explanation of the score and the label of the action repeat what stands beside them."""
    row = relation("1", next_best_action_text="Neem contact op: 01-05-2026. Vraag de fase.")
    text = told(row, wording=Wording(SHIPPED, "nl", "EUR"), score_explanation="66/100 · focus 67%")

    assert "<strong>Relation 1</strong>: Neem contact op: 01-05-2026.</li>" in text
    assert text.count("66/100") == 1
    assert text.count("Neem contact op") == 1


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Bel over de offerte. Vraag door.", "Bel over de offerte."),
        ("Vraag wat er n.v.t. Is. Vraag door.", "Vraag wat er n.v.t. Is."),
        ("Neem contact op: op 01-05-2026. Vraag door.", "Neem contact op: op 01-05-2026."),
        ("Vraag ernaar (gain). Leg het vast.", "Vraag ernaar (gain)."),
        ("Vraag", "Vraag"),
        (None, "Reach out"),
    ],
)
def test_action_is_told_by_the_first_sentence_of_its_text(text, first):
    row = relation("1", next_best_action_text=text)

    assert lines(told(row))[0] == f"<strong>Relation 1</strong>: {first}"


def test_actions_are_the_five_most_promising_top_relations_that_need_one():
    rows = [
        relation("1", potential_index=Decimal("1.10")),
        relation("2", potential_index=None),
        relation("10", potential_index=Decimal("2.00")),
        relation("9", potential_index=Decimal("2.00")),
        relation("3", potential_index=Decimal("9.00"), next_best_action="maintain"),
        relation("4", potential_index=Decimal("8.00"), is_top_relation=False),
        relation("5", potential_index=Decimal("7.00"), next_best_action=None),
        relation("6", potential_index=Decimal("1.30")),
        relation("7", potential_index=Decimal("1.20")),
        relation("8", potential_index=Decimal("1.00")),
    ]

    assert [row["relation_id"] for row in digest(*rows).actions] == ["9", "10", "6", "7", "1"]


def test_seller_with_nothing_to_do_is_told_so():
    text = told(relation("1", next_best_action="maintain"))

    assert "<p>Nothing to act on.</p><p><strong>Figures" in text
    assert "<ol>" not in text


def test_names_and_reasons_are_escaped_wherever_they_stand():
    row = relation(
        "1",
        name='<b onclick="x">Bos</b> & Zn\n<script>',
        next_best_action_text="a < b",
        buying_phase="quote",
    )

    text = told(row, then=past(day_of("1", THEN)))

    name = "&lt;b onclick=&quot;x&quot;&gt;Bos&lt;/b&gt; &amp; Zn &lt;script&gt;"
    assert lines(text)[:2] == [
        f"<strong>{name}</strong>: from interest to quote phase",
        f"<strong>{name}</strong>: a &lt; b",
    ]


def test_relation_without_a_name_is_shown_by_its_id():
    assert "<strong>1</strong>: Last contact" in told(relation("1", name=None))


@pytest.mark.parametrize(("length", "shown"), [(80, "x" * 80), (81, "x" * 79 + "…")])
def test_name_is_cut_when_it_would_drown_the_rest(length, shown):
    assert LONGEST_NAME == 80
    assert f"<strong>{shown}</strong>:" in told(relation("1", name="x" * length))


def test_each_seller_is_told_of_own_relations_alone():
    """Relation 2 was the first one's until last week: who owns it now is told of it."""
    rows = [
        relation("1", "51", buying_phase="quote"),
        relation("2", "52", buying_phase="quote"),
        relation("3", None, buying_phase="quote"),
    ]
    then = past(*(day_of(one, THEN) for one in ("1", "2", "3")))
    ids = ["51", "52"]

    both = list(seller_digests(sellers("52", "51"), relations(*rows), then, ids))

    assert [one.seller_id for one in both] == ids
    for one, other in (("1", "2"), ("2", "1")):
        text = body_of(both[int(one) - 1], ENGLISH, today=MONDAY)
        assert text.count(f"Relation {one}<") == 2
        assert f"Relation {other}" not in text
        assert "Relation 3" not in text


def test_recipients_are_the_owners_of_top_relations_in_order_of_id():
    rows = [
        relation("1", "100"),
        relation("2", "52"),
        relation("3", None),
        relation("4", "53", is_top_relation=False),
        relation("5", "52"),
    ]

    assert recipients(sellers("53", "100", "52"), relations(*rows)) == ["52", "100"]


def test_plain_text_says_the_same_without_marks():
    row = relation("1", name="Bos & Zn", buying_phase="quote")

    assert plain_of(digest(row, then=past(day_of("1", THEN))), ENGLISH, today=MONDAY) == (
        "Week 25. Your own figures alone.\n"
        "\n"
        "Changed since 2026-06-07\n"
        "- Bos & Zn: from interest to quote phase\n"
        "\n"
        "To act on\n"
        "1. Bos & Zn: Last contact 01-05-2026 (1)\n"
        "\n"
        "Figures\n"
        "- En kpi1: 2 of 4; en focus_share: 67%\n"
        "- Top relations by phase: quote phase 3, unknown 1; stalled: 2\n"
        "- En revenue_ytd: EUR 12,346; en pace: 123%\n"
        "- En seller_score: 66/100\n"
        "\n"
        "Not for employment or pay decisions.\n"
        "As of 2026-06-15."
    )
