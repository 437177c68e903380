"""What can stop a preview, in the user's words."""

from meterhouse.common.errors import MeterhouseError, UsageError


class NothingToPreview(UsageError):
    """The question is about nothing that is there: no run yet, no such metric, customer, period."""


class PreviewFailed(MeterhouseError):
    """The models could not be computed in the scratch warehouse."""


class NotReady(NothingToPreview):
    """There is no whole run to compare with at present; a run mends it."""

    exit_status = 1
