"""What can be wrong with schemas of event types, in the user's words."""

from meterhouse.common.errors import MeterhouseError


class EventTypeError(MeterhouseError):
    """The folder event_types/ cannot be used as it is, or a version cannot be published."""

    exit_status = 2
