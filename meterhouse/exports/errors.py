"""What can go wrong with exports, in the user's words."""

from meterhouse.common.errors import MeterhouseError, UsageError


class ExportError(MeterhouseError):
    """Nothing was exported; the message says why and what to do. What was there before, is."""


class ExportRefused(UsageError):
    """What was asked for cannot be exported so."""
