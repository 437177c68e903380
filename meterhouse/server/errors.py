"""What can go wrong with the server, in the user's words."""

from meterhouse.common.errors import MeterhouseError, UsageError


class ServerError(MeterhouseError):
    """The server cannot start; the message says why and what to do."""


class MissingExtra(UsageError):
    """A library of the extra `serve` is not installed."""


class WrongOption(UsageError):
    """An option of `serve` is none that a server can have."""


class UnknownCustomer(UsageError):
    """The published price book has no such customer."""


class LinkError(MeterhouseError):
    """No link was made, or the keys that sign links cannot be read."""


class TokenError(MeterhouseError):
    """No token was made or revoked, or the file of tokens cannot be read."""


class WrongToken(TokenError):
    """There can be no such token: its source is no name, or its rate is none."""

    exit_status = 2
