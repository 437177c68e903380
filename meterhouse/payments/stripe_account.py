"""Stripe's library with this installation's key and secrets, and what both directions share."""

from collections.abc import Mapping
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING

from meterhouse.common.secrets import secret_text
from meterhouse.payments.errors import StripeNotSetUp

if TYPE_CHECKING:
    from stripe import HTTPClient, StripeClient

API_KEY, WEBHOOK_SECRET = "METERHOUSE_STRIPE_API_KEY", "METERHOUSE_STRIPE_WEBHOOK_SECRET"
# In the metadata of every invoice that is made there.
INVOICE_ID = "meterhouse_invoice_id"
MOST_TEXT = 500
# How many decimals Stripe's minor units have, where it is not two. ISK and UGX have two there.
DECIMALS: Mapping[str, int] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV"), 0
    ),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}


def decimals_of(currency: str) -> int:
    """How many decimals an amount in minor units of a currency has at Stripe."""
    return DECIMALS.get(currency.upper(), 2)


def in_units(minor: int, currency: str) -> Decimal:
    """2500 cents are 25.00; exact."""
    return Decimal(minor).scaleb(-decimals_of(currency))


def check_library() -> None:
    """Raise StripeNotSetUp without the library."""
    if find_spec("stripe") is None:
        raise StripeNotSetUp("Stripe needs its library: pip install 'meterhouse[stripe]'")


def stripe_client(http: "HTTPClient | None" = None) -> "StripeClient":
    """A client with the key of METERHOUSE_STRIPE_API_KEY, or of the file that …_FILE names.

    Raises StripeNotSetUp without a key or the library.
    """
    check_library()
    from stripe import StripeClient

    key = secret_text(API_KEY).strip()
    if not key:
        raise StripeNotSetUp(f"Stripe has no key: set {API_KEY} (docs/billing.md).")
    # When it is tried again is for us to say (S-74).
    return StripeClient(key, max_network_retries=0, http_client=http)


def webhook_secrets() -> list[str]:
    """The secrets that Stripe signs with: one of METERHOUSE_STRIPE_WEBHOOK_SECRET (or the file that
    …_FILE names), or two with a blank or line between while they change. Raises StripeNotSetUp."""
    found = secret_text(WEBHOOK_SECRET).split()
    if not found:
        raise StripeNotSetUp(
            f"There is no secret for what Stripe sends: set {WEBHOOK_SECRET} (docs/billing.md)."
        )
    return found
