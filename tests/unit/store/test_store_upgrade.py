"""A store of an earlier version keeps what is in it."""

from pathlib import Path

from sqlalchemy import create_engine, text

from store import migration
from store.store import Store
from tests.store_fixtures import PULLED, company, contact


def test_store_of_the_first_version_keeps_its_records_when_it_is_upgraded(tmp_path, monkeypatch):
    address = f"sqlite:///{Path(tmp_path) / 'store.db'}"
    monkeypatch.setattr(migration, "HEAD", "v0001")
    former = Store.open(address, account="acme")
    former.save_page("companies", [company(name="Bakker")], cursor="c", pulled_at=PULLED)
    former.save_page("contacts", [contact(job_title="Inkoper")], cursor="c", pulled_at=PULLED)
    former.save_page("contacts", [contact("2")], cursor="c", pulled_at=PULLED)
    with former._database.writing() as connection:
        connection.execute(text("DELETE FROM versions WHERE object_type = 'contacts'"))
    former.close()
    monkeypatch.undo()

    store = Store.open(address, account="acme")
    mirror = store.read_mirror()
    store.close()

    assert mirror.companies["name"].to_list() == ["Bakker"]
    assert mirror.goals.is_empty()
    columns = ["external_id", "field", "value", "changed_at", "is_seen"]
    assert mirror.contact_changes.select(columns).rows() == [
        ("1", "job_title", "Inkoper", PULLED, True)
    ]
    engine = create_engine(address)
    with engine.connect() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    engine.dispose()
    assert version == "v0002"
