"""What can stop a forecast, in the user's words."""

from meterhouse.common.errors import MeterhouseError, UsageError


class NothingToForecast(UsageError):
    """No run has ended yet, or no period is open."""


class ForecastInProgress(MeterhouseError):
    """Another process forecasts the same data directory."""
