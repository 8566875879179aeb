"""What is refused before a store is opened or a call is made, and what is held afterwards."""

import pytest
from urllib3.connectionpool import HTTPConnectionPool

from connector.hubspot.adapter import HubSpotAdapter
from connector.ports import ConfigError
from jobs.wiring import open_wiring
from tests.acceptance.workplace import Workplace

CONFIG = """\
account: acme
crm: {{kind: files, folder: export}}
mapping: mapping.yaml
seller_metrics: {{mode: {mode}, works_council_consent: {consent}}}
"""


@pytest.mark.parametrize(
    ("mode", "consent", "is_refused"),
    [
        ("self_and_manager", "2999-01-01", True),
        ("self_and_manager", "2026-01-01", False),
        ("self", "2999-01-01", False),
    ],
)
def test_consent_of_the_works_council_must_have_been_given(tmp_path, mode, consent, is_refused):
    (tmp_path / "mapping.yaml").write_text("crm: hubspot\n", encoding="utf-8")
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(mode=mode, consent=consent), encoding="utf-8")

    if is_refused:
        with pytest.raises(ConfigError, match="still to come"):
            open_wiring(config)
        assert not (tmp_path / "toprelatie.db").exists()
    else:
        open_wiring(config).close()


def test_account_that_is_closed_holds_no_connection_to_its_crm(tmp_path, crm):
    with Workplace(tmp_path, crm.base_url).opened() as wiring:
        wiring.crm.describe()
        assert isinstance(wiring.crm, HubSpotAdapter)
        kept = wiring.crm._http._connections._adapter.pool
        assert isinstance(kept, HTTPConnectionPool)
        assert kept.pool is not None
    assert kept.pool is None
