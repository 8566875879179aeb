"""Lines of relations on a page."""

from console.figure import Row
from console.relation_view import RelationLine, Status, phases_of_top, relation_lines
from tests.unit.console.page_rows import Outline, parameters, relation, report, setting

VOICE = setting().voice
BARE: dict[str, object] = {
    "is_top_relation": False,
    "top_relation_since": None,
    "buying_phase": "unknown",
    "phase_since": None,
    "phase_status": None,
    "contact_status": None,
    "last_two_way_contact": None,
    "relation_score": None,
    "relation_score_band": None,
    "next_best_action": None,
    "next_best_action_text": None,
    "data_warnings": [],
}


def lines(*rows: Row) -> list[RelationLine]:
    return list(relation_lines(rows, VOICE, parameters()))


def test_line_tells_phase_contact_score_and_action_in_words():
    (line,) = lines(relation())

    assert (line.top, line.top_since) == ("Yes", "since 2026-01-15")
    assert (line.phase, line.phase_since) == ("Quote phase", "since 2026-05-20")
    assert line.phase_status == Status("○", "Stalled", "status-stalled")
    assert line.contact_status == Status("◐", "Due", "status-due")
    assert line.last_contact == "2026-06-11"
    assert line.band == Status("◐", "Attention", "status-attention")
    assert (line.action, line.action_text) == ("Follow up quote", "Call about the quote.")
    assert line.warnings == ["Boilerplate text"]


def test_score_has_a_mark_at_the_foot_of_each_band():
    (line,) = lines(relation())

    assert line.score == "66"
    assert "<title>Relation score: 66</title><desc>Attention</desc>" in line.score_chart
    assert line.score_chart.count('class="mark"') == 2


def test_what_is_not_known_is_a_dot():
    (line,) = lines(relation(**BARE))

    assert line.phase == "Unknown"
    assert [line.score, line.action, line.last_contact] == ["·", "·", "·"]
    assert line.phase_status == line.contact_status == line.band == Status("", "·", "")
    assert line.score_chart == ""
    assert (line.top, line.top_since, line.phase_since) == ("No", "", "")


def test_relation_without_a_name_goes_by_its_id():
    (line,) = lines(relation(name=None))

    assert line.name == "7"


def test_top_relations_come_first_and_keep_their_order():
    rows = [
        relation(name="a", is_top_relation=False),
        relation(name="b"),
        relation(name="c", is_top_relation=False),
        relation(name="d"),
    ]

    assert [line.name for line in lines(*rows)] == ["b", "d", "a", "c"]


def test_phases_count_top_relations_alone():
    rows = [relation(), relation(is_top_relation=False), relation(buying_phase="order")]

    legend = phases_of_top(rows, VOICE).legend

    assert {line.label: line.count for line in legend if line.count} == {
        "Quote phase": 1,
        "Order phase": 1,
    }


def test_page_shows_marks_with_words_and_explains_the_dot():
    text = Outline(report().relations([relation(), relation(**BARE)])).text

    assert "1 top relations of 2 relations" in text
    assert "○ Stalled" in text
    assert "! Boilerplate text" in text
    assert "· means: not known, or does not apply." in text
