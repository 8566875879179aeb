"""Rules 1, 2 and 7: what a seller declares, locks and confirms (spec 3.2)."""

from datetime import date

from tests.unit.kpis.phase.world import World, ago, told


def test_declaration_decides_without_any_deal():
    row = World().says("interest", "2026-06-01").phase()

    assert (row["buying_phase"], row["phase_source"]) == ("interest", "declared")
    assert row["phase_since"] == date(2026, 6, 1)


def test_declaration_decides_when_it_is_not_older_than_the_deal():
    worlds = (
        World().says("interest", declared).deal("1", ("offer", "2026-06-10T10:00"))
        for declared in ("2026-06-10T09:59:59.999", "2026-06-10T10:00", "2026-06-10T10:00:00.001")
    )

    assert told(worlds, "buying_phase") == [("quote",), ("interest",), ("interest",)]


def test_declaration_outweighs_older_deal_until_it_is_180_days_old():
    worlds = (
        World()
        .says("interest", ago(age))
        .deal("1", ("offer", "2025-12-01"))
        .touch("1", "2026-06-01")
        for age in (179, 180)
    )

    found = told(worlds, "buying_phase", "phase_source")

    assert found == [("interest", "declared"), ("quote", "deal")]


def test_declaration_of_180_days_still_decides_without_deals_but_asks_to_reverify():
    worlds = (World().says("interest", ago(age)) for age in (179, 180))

    found = told(worlds, "buying_phase", "phase_source", "phase_status")

    assert found == [("interest", "declared", "stalled"), ("interest", "declared", "reverify")]


def test_declaration_counts_as_fresh_to_the_end_of_the_local_day():
    world = World().says("interest", "2026-01-01T22:30").deal("1", ("offer", "2025-12-01"))
    world.touch("1", "2026-06-01")

    # 2026-01-01T22:30Z is still the first of January in Amsterdam; 180 days later it is too old.
    assert world.phase("2026-06-29T21:59:59")["buying_phase"] == "interest"
    assert world.phase("2026-06-29T22:00")["buying_phase"] == "quote"


def test_move_between_stages_of_one_phase_renews_the_evidence_of_the_deal():
    world = World().says("quote", "2026-06-10")
    world.deal("1", ("talk", "2026-06-01"), ("demo", "2026-06-20"))

    row = world.phase()

    assert (row["buying_phase"], row["phase_since"]) == ("interest", date(2026, 6, 1))
    assert world.phase("2026-06-19")["buying_phase"] == "quote"


def test_latest_entry_of_several_deals_in_the_most_advanced_phase_is_compared():
    world = (
        World()
        .says("orienting", "2026-06-10")
        .deal("1", ("offer", "2026-06-01"))
        .deal("2", ("offer", "2026-06-20"))
        .deal("3", ("first", "2026-06-25"))
    )

    assert world.phase()["buying_phase"] == "quote"
    assert world.phase("2026-06-19")["buying_phase"] == "orienting"


def test_later_entry_in_a_lower_phase_does_not_outweigh_the_declaration():
    world = (
        World()
        .says("orienting", "2026-06-10")
        .deal("1", ("offer", "2026-06-01"))
        .deal("2", ("talk", "2026-06-20"))
    )

    assert world.phase()["buying_phase"] == "orienting"


def test_later_deal_that_leaves_gives_the_word_back_to_the_declaration():
    world = (
        World()
        .says("orienting", "2026-06-10")
        .deal("1", ("offer", "2026-06-01"))
        .deal("2", ("offer", "2026-06-12"), ("parked", "2026-06-20"))
    )

    assert world.lines() == [
        "2026-06-01 unknown>quote deal recorded",
        "2026-06-10 quote>orienting declared backward",
        "2026-06-12 orienting>quote deal forward",
        "2026-06-20 quote>orienting declared backward",
    ]


def test_second_declaration_is_compared_with_deals_on_its_own_time():
    world = (
        World()
        .says("orienting", "2026-06-01")
        .says("interest", "2026-06-20")
        .deal("1", ("offer", "2026-06-10"))
    )

    assert world.lines() == [
        "2026-06-01 unknown>orienting declared recorded",
        "2026-06-10 orienting>quote deal forward",
        "2026-06-20 quote>interest declared backward",
    ]


def test_declaration_is_compared_with_the_win_of_the_hold_and_of_its_decay():
    holding = [
        World().won("1", "2026-05-15").says("interest", day) for day in ("2026-05-14", "2026-05-15")
    ]
    decayed = [
        World().won("1", "2025-12-31").says("interest", day) for day in ("2025-12-30", "2026-03-01")
    ]

    found = told(holding + decayed, "buying_phase")

    assert found == [("order",), ("interest",), ("orienting",), ("interest",)]


def test_declaration_is_compared_with_the_day_on_which_a_deal_went_stale_or_was_lost():
    stale = [
        World().says("quote", day).deal("1", ("talk", "2025-11-15"))
        for day in ("2026-05-13", "2026-05-15")
    ]
    lost = [
        World()
        .says("quote", day)
        .deal(
            "1",
            ("talk", "2026-05-01"),
            ("lost", "2026-06-24"),
            closed="2026-06-20",
            lost_reason="Timing",
        )
        for day in ("2026-06-19", "2026-06-21")
    ]

    found = told(stale + lost, "buying_phase")

    assert found == [("orienting",), ("quote",), ("orienting",), ("quote",)]


def test_lock_holds_up_to_and_including_its_last_day():
    worlds = (
        World()
        .company(phase_locked_until=date(2026, 6, day))
        .says("orienting", "2026-04-01")
        .deal("1", ("offer", "2026-06-10"))
        for day in (30, 29)
    )

    assert told(worlds, "phase_source") == [("locked",), ("deal",)]


def test_lock_ends_in_the_history_when_its_last_local_day_is_over():
    world = (
        World()
        .company(phase_locked_until=date(2026, 6, 20))
        .says("orienting", "2026-04-01")
        .deal("1", ("offer", "2026-06-10"))
    )

    assert world.lines() == [
        "2026-04-01 unknown>orienting locked recorded",
        "2026-06-21 orienting>quote deal forward",
    ]
    moves = world.phases().transitions
    assert moves["changed_at"][-1].isoformat() == "2026-06-20T22:00:00+00:00"


def test_lock_without_declaration_does_nothing():
    world = World().company(phase_locked_until=date(2026, 12, 31))

    assert world.phase()["buying_phase"] == "unknown"
    assert world.deal("1", ("offer", "2026-06-10")).phase()["phase_source"] == "deal"


def test_lock_holds_a_declaration_that_no_person_set():
    world = (
        World()
        .company(phase_locked_until=date(2026, 12, 31))
        .says("interest", "2026-04-01", is_by_person=False)
    )

    row = world.phase()

    assert (row["buying_phase"], row["phase_source"]) == ("interest", "locked")
    assert row["phase_since"] == date(2026, 4, 1)


def test_lock_outlives_the_age_of_a_declaration_and_keeps_its_threshold():
    world = World().company(phase_locked_until=date(2026, 12, 31)).says("interest", "2025-12-01")

    row = world.phase()

    assert (row["phase_source"], row["phase_status"]) == ("locked", "stalled")
