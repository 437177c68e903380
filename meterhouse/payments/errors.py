"""What can go wrong with payments, in the user's words."""

from meterhouse.common.errors import MeterhouseError, UsageError


class PaymentError(UsageError):
    """Nothing was recorded; the message says why and what to do."""


class StripeNotSetUp(MeterhouseError):
    """The library is not installed, or has no key or secret here."""


class LookupFailed(MeterhouseError):
    """Stripe was asked about an event and did not say; it is asked again when it sends it again."""
