"""What can go wrong with deliveries, in the user's words."""

from meterhouse.common.errors import MeterhouseError, UsageError


class DeliveryError(MeterhouseError):
    """Nothing was sent, or no such message; the message says why and what to do."""


class DeliveryInProgress(DeliveryError):
    """Another process delivers at this moment; it does what was asked for here too."""


class MissingExtra(UsageError):
    """A library of the extra `delivery` is not installed."""
