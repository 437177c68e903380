"""What can go wrong with documents, in the user's words."""

from meterhouse.common.errors import MeterhouseError, UsageError


class DocumentError(MeterhouseError):
    """A document cannot be made, found or trusted; the message says why and what to do."""


class DocumentsInProgress(DocumentError):
    """Another process renders at this moment; it does what was asked for here too."""


class MissingExtra(UsageError):
    """A library of the extra `documents` is not installed."""
