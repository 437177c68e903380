"""Webhooks over real HTTPS, verified by the reference libraries, unmodified (S-75)."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("standardwebhooks", reason="pip install 'meterhouse[delivery]'")
pytest.importorskip("cryptography", reason="makes the receiver's certificate")

from standardwebhooks import Webhook, WebhookVerificationError

from meterhouse.delivery.errors import DeliveryError
from meterhouse.delivery.webhooks.addresses import ALLOWED
from meterhouse.delivery.webhooks.connection import AUTHORITY
from meterhouse.delivery.webhooks.secrets import secrets_of, variable
from meterhouse.delivery.webhooks.send import WebhookSender
from tests.unit.meterhouse.delivery.receiver import receiver

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
BODY = '{"type":"invoice.finalized","data":{"total":"1.00","name":"Zoë"}}'
# Where `npm install standardwebhooks svix` was done, if it was.
VERIFY_IN_NODE = """
    const { Webhook } = require(process.argv[1]);
    const { secret, body, headers } = JSON.parse(require("fs").readFileSync(0));
    try { new Webhook(secret).verify(body, headers); console.log("verified"); }
    catch (error) { console.log("refused: " + error.message); }
"""


@pytest.fixture
def environment(monkeypatch):
    """Loopback is allow-listed, and the endpoint has a new secret and an old one."""
    monkeypatch.setenv(ALLOWED, "127.0.0.0/8,::1/128")
    monkeypatch.setenv(variable("crm"), f"{NEW} {OLD}")
    return monkeypatch


def sent(tmp_path: Path, environment: pytest.MonkeyPatch, answers=lambda _: (204, {})):
    """What a real receiver got of one message, and the answer."""
    with receiver(tmp_path, answers) as there:
        environment.setenv(AUTHORITY, str(there.authority))
        answer = WebhookSender("crm", there.url).send("msg_1", BODY, datetime.now(UTC))
        return there.received, answer


def test_a_receiver_verifies_with_either_secret(tmp_path, environment):
    [came], answer = sent(tmp_path, environment)
    assert answer.status == 204
    assert (came.path, came.headers["webhook-id"]) == ("/hooks?of=us", "msg_1")
    assert came.body == BODY.encode()
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(came.body, came.headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(came.body, came.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(came.body + b" ", came.headers)


@pytest.mark.parametrize("library", ["standardwebhooks", "svix"])
def test_libraries_of_npm_verify_it(tmp_path, environment, library, node_modules):
    [came], _ = sent(tmp_path, environment)
    for secret, expected in ((OLD, "verified"), (NEW, "verified"), (OTHER, "refused")):
        given = {"secret": secret, "body": came.body.decode(), "headers": came.headers}
        done = subprocess.run(
            ["node", "-e", VERIFY_IN_NODE, str(node_modules / library)],
            input=json.dumps(given), capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.startswith(expected), done.stdout


@pytest.fixture
def node_modules() -> Path:
    """The folder that METERHOUSE_TEST_NODE_MODULES names, with the two libraries in it."""
    import os

    folder = Path(os.environ.get("METERHOUSE_TEST_NODE_MODULES", "/nowhere"))
    if shutil.which("node") is None or not (folder / "svix").is_dir():
        pytest.skip("npm install standardwebhooks svix, and METERHOUSE_TEST_NODE_MODULES names it")
    return folder


def test_a_redirect_is_not_followed(tmp_path, environment):
    received, answer = sent(
        tmp_path, environment, lambda _: (302, {"location": "https://localhost/elsewhere"})
    )
    assert (answer.status, len(received)) == (302, 1)


def test_what_the_receiver_asks_to_wait_is_read(tmp_path, environment):
    _, answer = sent(tmp_path, environment, lambda _: (429, {"retry-after": "90"}))
    assert answer.retry_after is not None and answer.retry_after.total_seconds() == 90


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, environment):
    with receiver(tmp_path) as there:
        answer = WebhookSender("crm", there.url).send("msg_1", BODY, datetime.now(UTC))
        assert answer.status is None and "CERTIFICATE_VERIFY_FAILED" in answer.detail
        assert there.received == []


def test_loopback_that_is_not_allow_listed_gets_nothing(tmp_path, environment):
    environment.delenv(ALLOWED)
    received, answer = sent(tmp_path, environment)
    assert (received, answer.status) == ([], None)


def test_secrets_may_lie_in_a_file(tmp_path, monkeypatch):
    file = tmp_path / "secrets"
    file.write_text(f"{NEW}\n{OLD}\n")
    monkeypatch.setenv(f"{variable('crm')}_FILE", str(file))
    assert secrets_of("crm") == [NEW, OLD]


@pytest.mark.parametrize(
    "text", ["", "  ", "secret", NEW[6:], "whsec_", "whsec_abc", "whsec_AAAA", f"{NEW} whsec_&"]
)
def test_what_is_no_secret_is_named_by_its_variable_and_never_shown(monkeypatch, text):
    monkeypatch.setenv("METERHOUSE_WEBHOOK_SECRET_A_1", text)
    with pytest.raises(DeliveryError, match="METERHOUSE_WEBHOOK_SECRET_A_1") as refused:
        secrets_of("a-1")
    words = [word for word in text.split() if word not in ("secret", "whsec_")]
    assert not any(word in str(refused.value) for word in words)
