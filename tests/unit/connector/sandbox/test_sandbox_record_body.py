"""A record that is written straight as text says what its body says."""

import json

from connector.sandbox.kinds import KINDS
from connector.sandbox.objects import shown_names
from connector.sandbox.record_body import record_json, record_writer


def test_text_of_a_record_says_what_its_body_says(call, portal):
    kind = KINDS["companies"]
    portal.add_property("companies", "odd_100%s", "Odd", "string", "text")
    odd = 'two\nlines, "quotes", 5 % \\ and é'
    portal.set_values("companies", "11", {"name": odd, "odd_100%s": "%s %d"}, at=call.now)
    portal.archive("companies", "12", at=call.now)
    names = shown_names(portal, kind, ["name", "domain", "odd_100%s"])

    text_of = record_writer(portal, kind, names)

    records = portal.objects["companies"].values()
    texts = [json.loads(text_of(one, one.values)) for one in records]
    assert texts == [record_json(portal, kind, one, names) for one in records]
    assert texts[0]["properties"]["name"] == odd
    assert texts[0]["properties"]["domain"] is None
    assert texts[1]["archivedAt"] == "2026-11-25T12:00:00Z"
