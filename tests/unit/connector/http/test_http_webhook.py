"""A message goes to the one address, and no part of that address goes anywhere else."""

import socket

import pytest
from pydantic import SecretStr

from connector.http.webhook import Webhook, WebhookError
from tests.acceptance.receiver import PATH, receiving

MESSAGE = {"text": "toprelatie acme: no run has ended well yet", "run_id": None}


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


def webhook_to(address: str, **given) -> Webhook:
    return Webhook(lambda: SecretStr(address), **given)


def refusal_of(webhook: Webhook) -> str:
    with pytest.raises(WebhookError) as caught:
        webhook.post(MESSAGE)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def test_webhook_posts_the_message_as_json(receiver):
    webhook_to(receiver.address).post(MESSAGE)

    assert receiver.heard == [MESSAGE]
    assert receiver.headers[0]["Content-Type"] == "application/json"


def test_webhook_reads_its_address_anew_for_each_message(receiver):
    addresses = iter(["http://127.0.0.1:9/old", receiver.address])
    webhook = Webhook(lambda: SecretStr(next(addresses)))

    refusal_of(webhook)
    webhook.post(MESSAGE)

    assert receiver.heard == [MESSAGE]


def test_webhook_adds_no_login_that_lies_about_on_this_machine(receiver, tmp_path, monkeypatch):
    login = tmp_path / "netrc"
    login.write_text("machine 127.0.0.1 login piet password secret\n")
    monkeypatch.setenv("NETRC", str(login))

    webhook_to(receiver.address).post(MESSAGE)

    assert "Authorization" not in receiver.headers[0]


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_webhook_says_what_was_answered_and_not_where(receiver, status):
    receiver.status = status

    told = refusal_of(webhook_to(receiver.address))

    assert told.startswith(f"alerts: the webhook answered {status}: ")
    assert PATH not in told
    assert receiver.heard == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_webhook_follows_no_redirect(receiver, status):
    with receiving() as other:
        receiver.status, receiver.location = status, other.address

        told = refusal_of(webhook_to(receiver.address))

    assert "redirects are not followed" in told
    assert other.heard == []


def test_webhook_that_nobody_answers_is_told_by_the_kind_of_fault_alone():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    told = refusal_of(webhook_to(f"http://127.0.0.1:{port}{PATH}"))

    assert told == (
        "alerts: the webhook gave no answer (ConnectionError): check its address and the way there"
    )


def test_webhook_that_stays_silent_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]

        told = refusal_of(webhook_to(f"http://127.0.0.1:{port}{PATH}", answer_timeout_s=0.05))

    assert "gave no answer (ReadTimeout)" in told


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://hooks.example/secret-path", "not https"),
        ("ftp://hooks.example/secret-path", "no web address"),
        ("https:///secret-path", "no web address"),
        ("https://hooks.example:port/secret-path", "no web address"),
        ("secret-path", "no web address"),
    ],
)
def test_webhook_refuses_an_address_that_no_secret_may_travel_to(address, told):
    found = refusal_of(webhook_to(address))

    assert told in found
    assert "secret-path" not in found
    assert "hooks.example" not in found
