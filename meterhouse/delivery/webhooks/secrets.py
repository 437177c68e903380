"""Secrets of endpoints, from the environment or a file: never from the price book (S-75)."""

import base64
import re

from meterhouse.delivery.errors import DeliveryError
from meterhouse.delivery.secrets import secret_text

# As Standard Webhooks has them.
BEGIN, LEAST, MOST = "whsec_", 24, 64
PREFIX = "METERHOUSE_WEBHOOK_SECRET_"


def variable(endpoint_id: str) -> str:
    """The variable with an endpoint's secrets: acme-1 → METERHOUSE_WEBHOOK_SECRET_ACME_1."""
    return PREFIX + re.sub("[^A-Za-z0-9]", "_", endpoint_id).upper()


def secrets_of(endpoint_id: str) -> list[str]:
    """The secrets that messages are signed with, the newest first: one, or two while they change.

    From METERHOUSE_WEBHOOK_SECRET_<ID>, or the file that METERHOUSE_WEBHOOK_SECRET_<ID>_FILE names;
    blanks or lines between. Raises DeliveryError, without any secret in it, if there is none.
    """
    name = variable(endpoint_id)
    found = secret_text(name).split()
    if not found:
        raise DeliveryError(
            f"Endpoint {endpoint_id} has no secret, so nothing is sent to it: set {name}, or "
            f"{name}_FILE, to whsec_ and 32 random bytes in base64 (docs/webhooks.md)."
        )
    if not all(map(_is_secret, found)):
        raise DeliveryError(
            f"A secret of endpoint {endpoint_id} is not whsec_ and {LEAST} to {MOST} bytes in "
            f"base64; nothing is sent to it until {name} is corrected (docs/webhooks.md)."
        )
    return found


def _is_secret(text: str) -> bool:
    prefix, value = text[: len(BEGIN)], text[len(BEGIN) :]
    try:
        return prefix == BEGIN and LEAST <= len(base64.b64decode(value, validate=True)) <= MOST
    except ValueError:
        return False
