"""What can go wrong with a report, in the user's words."""

from meterhouse.common.errors import MeterhouseError


class NothingPublished(MeterhouseError):
    """There are no marts to read yet."""


class InvoiceNotFound(MeterhouseError):
    """No invoice has that id or number; the message lists those that come near."""


class PriceNotFound(MeterhouseError):
    """The price book has no such customer, product, group or contract; the message says where."""

    exit_status = 2


class CommitNotFound(MeterhouseError):
    """No commit has that id; the message lists those that come near."""


class LineNotFound(MeterhouseError):
    """The invoice has no line of that number."""


class NotComputed(MeterhouseError):
    """The warehouse has nothing to explain from; the next run fills it."""
