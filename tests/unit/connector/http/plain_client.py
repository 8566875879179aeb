"""A client of a CRM that says everything in the plainest way."""

from pydantic import SecretStr

from connector.http import Answer, HttpClient, HttpSettings, Limits
from tests.unit.connector.http.plain_dialect import FakeTime, PlainDialect

BASE = "https://crm.test"
SECRET = "pat-eu1-0123abcd"


def client_of(fake: FakeTime, *, token=lambda: SecretStr(SECRET), limits=None, stop=None, **given):
    return HttpClient(
        HttpSettings(base_url=BASE, **given),
        crm="hubspot",
        token=token,
        limits=limits or Limits.off(),
        dialect=PlainDialect(),
        stop=stop,
        sleep=fake.sleep,
        clock=fake.clock,
    )


def list_with(client: HttpClient, **given) -> Answer:
    return client.call("GET", "/companies", kind="list", **given)
