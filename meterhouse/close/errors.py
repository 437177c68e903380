"""Why a month is not closed."""

from meterhouse.common.errors import MeterhouseError


class CloseRefused(MeterhouseError):
    """The month cannot be closed now; nothing was recorded."""
