"""What can go wrong with the log and the quarantine, in the user's words."""


class LandingError(Exception):
    """Nothing of the file was landed; the message says why and what to do."""

    exit_status = 1


class UnreadableFile(LandingError):
    """Reading the file failed in a way that nobody foresaw, or needs too much memory (S-67)."""


class CannotWrite(LandingError):
    """The disk is full or broken: nothing is wrong with the file, which is landed later."""


class ClockWentBack(LandingError):
    """`as_of` lies before the latest batch of the log (S-4)."""

    exit_status = 2


class LogMoved(LandingError):
    """The log has grown since it was looked at; look again."""


class PositionMoved(LandingError):
    """Another process landed what was read from a source first (S-61); nothing is lost."""


class RetractionError(LandingError):
    """Nothing was taken back; the message says why and what to do."""


class LogDamaged(Exception):
    """An entry of the log is missing, torn or not Meterhouse's own."""

    exit_status = 1


class SchemasDamaged(Exception):
    """What is published of event types cannot be used; nothing is wrong with any file."""

    exit_status = 1


class QuarantineError(Exception):
    """Nothing was changed in the quarantine; the message says why and what to do."""

    exit_status = 1


class LimitError(LandingError):
    """A limit on memory or threads in the environment is none."""

    exit_status = 2
