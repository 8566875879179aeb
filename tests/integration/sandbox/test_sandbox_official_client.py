"""HubSpot's own Python client as the judge of the look-alike: it must read all that we answer."""

import pytest
from hubspot import HubSpot  # type: ignore[import-untyped]
from hubspot.crm.associations.v4 import (  # type: ignore[import-untyped]
    BatchInputPublicFetchAssociationsBatchRequest,
)
from hubspot.crm.companies import (  # type: ignore[import-untyped]
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInput,
    SimplePublicObjectId,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.properties import (  # type: ignore[import-untyped]
    PropertyCreate,
    PropertyGroupCreate,
)


@pytest.fixture
def hubspot(sandbox):
    client = HubSpot(access_token=sandbox.token)
    for api in (
        client.crm.companies,
        client.crm.deals,
        client.crm.owners,
        client.crm.pipelines,
        client.crm.properties,
        client.crm.associations.v4,
    ):
        api.config["host"] = sandbox.base_url
    return client


def test_client_lists_all_companies(hubspot):
    found = hubspot.crm.companies.get_all(properties=["name"])

    assert len(found) == 250
    assert found[0].properties["name"] == "Company 1"
    assert found[0].archived is False


def test_client_searches_with_filters_and_pages(hubspot):
    request = PublicObjectSearchRequest(
        filter_groups=[
            {"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": "245"}]}
        ],
        sorts=[{"propertyName": "hs_object_id", "direction": "DESCENDING"}],
        limit=3,
    )

    answer = hubspot.crm.companies.search_api.do_search(request)

    assert answer.total == 5
    assert [one.id for one in answer.results] == ["250", "249", "248"]
    assert answer.paging.next.after == "3"


def test_client_reads_a_batch_with_history(hubspot):
    request = BatchReadInputSimplePublicObjectId(
        properties=["name"],
        properties_with_history=["name"],
        inputs=[SimplePublicObjectId(id="1"), SimplePublicObjectId(id="2")],
    )

    answer = hubspot.crm.companies.batch_api.read(request)

    assert [one.id for one in answer.results] == ["1", "2"]
    assert answer.results[0].properties_with_history["name"][0].value == "Company 1"


def test_client_sees_the_errors_of_a_batch(hubspot):
    request = BatchReadInputSimplePublicObjectId(
        properties=[], properties_with_history=[], inputs=[SimplePublicObjectId(id="9999")]
    )

    answer = hubspot.crm.companies.batch_api.read(request)

    assert answer.num_errors == 1
    assert answer.errors[0].category == "OBJECT_NOT_FOUND"
    assert answer.errors[0].context == {"ids": ["9999"]}


def test_client_updates_a_batch(hubspot, portal):
    inputs = [
        SimplePublicObjectBatchInput(
            id=one, properties={"csk_score": "0.50"}, object_write_trace_id=one
        )
        for one in ("1", "2")
    ]

    answer = hubspot.crm.companies.batch_api.update(
        BatchInputSimplePublicObjectBatchInput(inputs=inputs)
    )

    assert [one.properties["csk_score"] for one in answer.results] == ["0.5", "0.5"]
    assert portal.values("companies", "2")["csk_score"] == "0.5"


def test_client_raises_what_we_refuse(hubspot):
    request = SimplePublicObjectInput(properties={"nonsense": "1"})

    with pytest.raises(ApiException) as refused:
        hubspot.crm.companies.basic_api.update("1", simple_public_object_input=request)

    assert refused.value.status == 400
    assert "PROPERTY_DOESNT_EXIST" in refused.value.body


def test_client_creates_gets_and_archives(hubspot):
    api = hubspot.crm.companies.basic_api
    request = SimplePublicObjectInputForCreate(properties={"name": "New"}, associations=[])

    made = api.create(simple_public_object_input_for_create=request)
    assert api.get_by_id(made.id, properties=["name"]).properties["name"] == "New"
    api.archive(made.id)
    with pytest.raises(ApiException) as gone:
        api.get_by_id(made.id)
    assert gone.value.status == 404


def test_client_reads_associations(hubspot):
    request = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": "700"}])

    answer = hubspot.crm.associations.v4.batch_api.get_page("deals", "companies", request)

    assert answer.results[0]._from.id == "700"
    assert answer.results[0].to[0].to_object_id in (1, "1")
    assert [one.label for one in answer.results[0].to[0].association_types] == ["Primary", None]


def test_client_reads_pipelines_and_owners(hubspot):
    pipelines = hubspot.crm.pipelines.pipelines_api.get_all("deals").results
    owners = hubspot.crm.owners.owners_api.get_page(limit=100, archived=False).results

    assert pipelines[0].stages[1].metadata == {"isClosed": "true", "probability": "1.0"}
    assert owners[0].first_name == "Ann"


def test_client_makes_a_group_and_a_property(hubspot):
    properties = hubspot.crm.properties
    properties.groups_api.create("companies", PropertyGroupCreate(name="csk", label="KPIs"))

    made = properties.core_api.create(
        "companies",
        PropertyCreate(
            name="csk_new", label="New", type="number", field_type="number", group_name="csk"
        ),
    )

    assert made.group_name == "csk"
    names = [one.name for one in properties.core_api.get_all("companies").results]
    assert "csk_new" in names
