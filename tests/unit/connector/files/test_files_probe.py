"""What can be counted in a folder of exports; nothing is refused and nothing limited there."""

from connector.probe import Fill, Probe


def test_folder_refuses_nothing_and_limits_nothing(adapter):
    assert adapter().probe() == Probe(refused={}, limits=(), tier=None, server_time=None)


def test_fill_counts_lines_with_a_value_in_a_mapped_column(adapter, export):
    (export / "companies.csv").write_text("id,name,industry\n1,Een,RETAIL\n2,Twee, \n3,Drie,\n")

    found = adapter().fill("companies", ["name", "segment", "owner", "cost_to_serve"])

    assert found == Fill(3, {"name": 3, "segment": 1, "owner": 0})


def test_fill_of_a_file_that_is_not_there_is_none(adapter):
    assert adapter().fill("deals", ["amount"]) == Fill(0, {"amount": 0})


def test_deals_of_a_stage_are_those_of_its_pipeline(adapter, export):
    (export / "deals.csv").write_text(
        "id,pipeline,dealstage\n1,sales,won\n2,sales,won\n3,other,won\n4,sales,lost\n"
    )

    assert adapter().count_deals_in("sales", "won") == 2
    assert adapter().count_deals_in("sales", "open") == 0
