"""The client against real sockets: what breaks on the way, and what it costs."""

import ssl
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest
from pydantic import SecretStr

from connector.http import Answer, HttpClient, HttpSettings, Limits, Window
from connector.ports import ConfigError, PermanentCrmError, TransientCrmError
from tests.integration.http import loopback
from tests.integration.http.loopback import serving
from tests.unit.connector.http.plain_dialect import PlainDialect


@contextmanager
def client_with(base_url: str, token: Callable[[], SecretStr]) -> Iterator[HttpClient]:
    client = HttpClient(
        HttpSettings(base_url=base_url),
        crm="hubspot",
        token=token,
        limits=Limits.off(),
        dialect=PlainDialect(),
    )
    with client:
        yield client


@contextmanager
def client_of(base_url: str, *, limits: Limits | None = None, **given) -> Iterator[HttpClient]:
    """Yield a client that waits for the limits alone, so that retries cost no time here."""
    client = HttpClient(
        HttpSettings.model_validate({"base_url": base_url, **given}),
        crm="hubspot",
        token=lambda: SecretStr("sandbox-token"),
        limits=limits or Limits.off(),
        dialect=PlainDialect(),
        sleep=time.sleep if limits else lambda _seconds: None,  # noqa: TID251 - the test's own wait
    )
    with client:
        yield client


def list_with(client: HttpClient) -> Answer:
    return client.call("GET", "/companies", kind="list")


@pytest.mark.parametrize(
    "fault",
    [
        loopback.drops,
        loopback.truncates,
        loopback.truncates_a_chunk,
        loopback.sends_broken_gzip,
        loopback.is_empty,
        loopback.is_no_json,
    ],
)
def test_call_gets_its_answer_though_the_first_broke_off(fault):
    with serving(fault, loopback.answers) as server, client_of(server.base_url) as client:
        assert list_with(client) == Answer(200, {"results": []})
        assert client.calls == {"list": 2}


@pytest.mark.parametrize("fault", [loopback.drops, loopback.truncates])
def test_call_sends_a_write_again_that_was_cut_since_it_sets_the_same_values(fault):
    body = {"inputs": [{"id": "1", "properties": {"tr_score": "7"}}]}

    with serving(fault, loopback.answers) as server, client_of(server.base_url) as client:
        answer = client.call("POST", "/companies/batch/update", kind="write", body=body)

    assert answer.status == 200
    assert server.bodies == [b'{"inputs":[{"id":"1","properties":{"tr_score":"7"}}]}'] * 2


@pytest.mark.parametrize("fault", [loopback.drops, loopback.truncates])
def test_call_sends_once_what_may_not_be_done_twice(fault):
    with serving(fault) as server, client_of(server.base_url, tries=1) as client:
        with pytest.raises(TransientCrmError):
            client.call("POST", "/tasks", kind="write", body={})
        assert len(server.paths) == 1
        assert client.retries == {}


@pytest.mark.parametrize("fault", [loopback.drops, loopback.truncates, loopback.truncates_a_chunk])
def test_call_gives_up_when_every_answer_breaks_off(fault):
    with serving(fault) as server, client_of(server.base_url, tries=3) as client:
        with pytest.raises(TransientCrmError, match=r"hubspot: list, GET /companies: .*\(\w+\)"):
            list_with(client)
        assert len(server.paths) == 3


def test_call_says_that_nobody_answers_when_the_server_is_gone():
    with serving(loopback.answers) as server:
        base_url = server.base_url

    with (
        client_of(base_url, tries=2) as client,
        pytest.raises(TransientCrmError, match=r"no answer \(ConnectionError\)"),
    ):
        list_with(client)


def test_call_does_not_wait_for_a_silent_server_beyond_its_time_out():
    started = time.monotonic()

    with (
        serving(loopback.is_silent) as server,
        client_of(server.base_url, read_timeout_s=0.1, tries=1) as client,
        pytest.raises(TransientCrmError, match=r"no answer \(ReadTimeout\)"),
    ):
        list_with(client)
    assert time.monotonic() - started < 5


def test_call_does_not_wait_for_an_answer_that_drips_for_ever():
    started = time.monotonic()

    with (
        serving(loopback.drips) as server,
        client_of(server.base_url, answer_timeout_s=0.2, tries=1) as client,
        pytest.raises(TransientCrmError, match="took too long to arrive"),
    ):
        list_with(client)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("deed", [loopback.never_ends, loopback.sends_a_bomb])
def test_call_reads_no_more_of_a_huge_answer_than_it_may(deed):
    with (
        serving(deed) as server,
        client_of(server.base_url, max_answer_bytes=1_000_000) as client,
    ):
        tracemalloc.start()
        with pytest.raises(PermanentCrmError, match="larger than 1000000 bytes"):
            list_with(client)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        server.ended.set()

    assert peak_bytes < 5_000_000
    assert len(server.paths) == 1


def test_call_reads_a_compressed_answer():
    with serving(loopback.sends_gzip) as server, client_of(server.base_url) as client:
        assert list_with(client).payload == {"results": []}


def test_call_follows_no_redirect_so_that_the_token_stays():
    with serving(loopback.answers) as elsewhere:
        deed = loopback.redirects_to(f"{elsewhere.base_url}/steal")
        with (
            serving(deed) as server,
            client_of(server.base_url) as client,
            pytest.raises(PermanentCrmError, match="302: redirects are refused"),
        ):
            list_with(client)

    assert elsewhere.paths == []
    assert server.paths == ["/companies"]


def test_call_reaches_this_machine_past_a_proxy_of_the_environment(monkeypatch):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    with serving(loopback.answers) as server, client_of(server.base_url, tries=1) as client:
        assert list_with(client).status == 200


def test_calls_keep_their_connection():
    with serving(loopback.answers) as server, client_of(server.base_url) as client:
        for _ in range(5):
            list_with(client)

    assert len(server.peers) == 1


def test_calls_of_many_threads_share_the_pool():
    with serving(loopback.answers) as server, client_of(server.base_url, connections=4) as client:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: list_with(client).status, range(80)))

        assert found == [200] * 80
        assert client.calls == {"list": 80}
    assert len(server.peers) <= 4


def test_calls_of_many_threads_stay_within_the_crms_window():
    limits = Limits({"general": Window(20, 0.4)}, margin_s=0.4)

    with (
        serving(loopback.answers) as server,
        client_of(server.base_url, limits=limits) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(lambda _: list_with(client), range(50)))

    arrivals = sorted(server.arrivals)
    assert len(arrivals) == 50
    assert min(b - a for a, b in zip(arrivals, arrivals[20:], strict=False)) > 0.4


def test_call_ends_politely_when_the_service_stops_in_a_queue():
    stop = threading.Event()
    limits = Limits({"general": Window(1, 60)}, reserve_share=0)
    with serving(loopback.answers) as server:
        client = HttpClient(
            HttpSettings(base_url=server.base_url),
            crm="hubspot",
            token=lambda: SecretStr("sandbox-token"),
            limits=limits,
            dialect=PlainDialect(),
            stop=stop,
        )
        with client:
            list_with(client)
            threading.Timer(0.05, stop.set).start()
            with pytest.raises(TransientCrmError, match=r"^stopping"):
                list_with(client)

    assert len(server.paths) == 1


# --- the token


def test_threads_go_on_with_a_token_that_was_replaced_in_the_middle(tmp_path):
    file = tmp_path / "token"
    file.write_text("old\n")
    reads = []

    def token() -> SecretStr:
        reads.append(1)
        return SecretStr(file.read_text())

    with (
        serving(loopback.takes_only("old")) as server,
        client_with(server.base_url, token) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        before = list(pool.map(lambda _: list_with(client).status, range(8)))
        file.write_text("new\n")
        server.deeds = [loopback.takes_only("new")]
        after = list(pool.map(lambda _: list_with(client).status, range(40)))

    assert before + after == [200] * 48
    assert len(reads) == 2
    assert 9 <= server.tokens.count("old") <= 8 + 4
    assert server.tokens.count("new") == 40
    assert client.retries == {}


def test_threads_end_with_a_fault_of_a_person_when_no_token_is_taken():
    reads = []

    def token() -> SecretStr:
        reads.append(1)
        return SecretStr("revoked")

    with (
        serving(loopback.takes_only("another")) as server,
        client_with(server.base_url, token) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        ends = [pool.submit(list_with, client) for _ in range(8)]
        found = [end.exception() for end in ends]

    assert {type(each) for each in found} == {ConfigError}
    assert len(server.paths) == 16
    assert 2 <= len(reads) <= 9


# --- TLS


def test_call_takes_a_server_whose_certificate_is_vouched_for(self_signed, monkeypatch):
    context, certificate = self_signed
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    with serving(loopback.answers, tls=context) as server, client_of(server.base_url) as client:
        assert list_with(client).status == 200


def test_call_goes_through_the_proxy_that_the_environment_names(monkeypatch):
    with serving(loopback.answers) as proxy:
        monkeypatch.setenv("http_proxy", proxy.base_url)
        monkeypatch.setattr("connector.http.session.direct_to", lambda _base_url: {})
        monkeypatch.setenv("no_proxy", "")
        with client_of("http://localhost:1") as client:
            monkeypatch.delenv("http_proxy")  # it was asked for once, when the client was made
            assert list_with(client).status == 200

    assert proxy.paths == ["http://localhost:1/companies"]


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory) -> tuple[ssl.SSLContext, Path]:
    openssl = which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-keyout", str(key)),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def test_call_sends_no_token_to_a_server_with_a_certificate_that_nobody_vouches_for(self_signed):
    context, _ = self_signed

    with (
        serving(loopback.answers, tls=context) as server,
        client_of(server.base_url) as client,
        pytest.raises(ConfigError, match="certificate cannot be trusted"),
    ):
        list_with(client)
    assert server.paths == []


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_call_asks_for_a_person_when_the_bundle_of_certificates_is_none(
    text, self_signed, tmp_path, monkeypatch
):
    context, _ = self_signed
    bundle = tmp_path / "bundle.pem"
    if text is not None:
        bundle.write_text(text)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))

    with (
        serving(loopback.answers, tls=context) as server,
        client_of(server.base_url) as client,
        pytest.raises(ConfigError, match=r"certificate.*check .*REQUESTS_CA_BUNDLE"),
    ):
        list_with(client)
    assert server.paths == []


def test_call_takes_a_server_that_does_not_speak_tls_for_a_passing_fault():
    with (
        serving(loopback.answers) as server,
        client_of(server.base_url.replace("http:", "https:"), tries=1) as client,
        pytest.raises(TransientCrmError, match=r"no answer \(SSLError\)"),
    ):
        list_with(client)
    assert server.paths == []
