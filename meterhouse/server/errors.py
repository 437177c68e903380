"""What can go wrong with the server, in the user's words."""

from meterhouse.common.errors import MeterhouseError, UsageError


class ServerError(MeterhouseError):
    """The server cannot start; the message says why and what to do."""


class MissingExtra(UsageError):
    """A library of the extra `serve` is not installed."""


class TokenError(MeterhouseError):
    """No token was made or revoked, or the file of tokens cannot be read."""
