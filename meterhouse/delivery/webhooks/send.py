"""One webhook: signed by the reference library of Standard Webhooks, and sent (S-75)."""

from collections.abc import Sequence
from datetime import datetime
from importlib.util import find_spec

from meterhouse.delivery.attempts import Answer
from meterhouse.delivery.errors import MissingExtra
from meterhouse.delivery.webhooks.addresses import Network, allowed_networks
from meterhouse.delivery.webhooks.connection import post, tls
from meterhouse.delivery.webhooks.secrets import secrets_of


class WebhookSender:
    """Sends to one endpoint. Raises DeliveryError where nothing can be sent at all: no secret."""

    def __init__(self, endpoint_id: str, url: str):
        if find_spec("standardwebhooks") is None:
            raise MissingExtra("Webhooks need standardwebhooks: pip install 'meterhouse[delivery]'")
        self.url = url
        self._secrets = secrets_of(endpoint_id)
        self._allowed: Sequence[Network] = allowed_networks()
        self._tls = tls()

    def send(self, message_id: str, body: str, now: datetime) -> Answer:
        """Send a message once, at `now` (which is part of what is signed)."""
        headers = signed_headers(self._secrets, message_id, now, body)
        return post(self.url, body.encode(), headers, self._allowed, self._tls)


def signed_headers(
    secrets: Sequence[str], message_id: str, now: datetime, body: str
) -> dict[str, str]:
    """The headers of a message, with a signature of each secret: a receiver knows one of them.

    `now` is in UTC.
    """
    from standardwebhooks import Webhook

    signatures = [Webhook(secret).sign(message_id, now, body) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Meterhouse",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
