"""What can go wrong with a source, in the user's words. Its position stays where it was."""

from raw_events.common.errors import LandingError


class SourceError(LandingError):
    """The source stops at this batch until its cause is gone; other sources go on (S-65)."""


class CollectorFault(SourceError):
    """The file of a collector does not say what it must."""

    exit_status = 2


class MissingExtra(SourceError):
    """A library that this kind of source needs is not installed."""


class Unreachable(SourceError):
    """A connection error, 408, 429 or 5xx: tried again by itself (S-65)."""


class ReadAgain(SourceError):
    """Not an error: the source will give less at once when it is read again, now."""


class TriedTooOften(SourceError):
    """Processes died while they read this batch; only a person tries it again (S-67)."""


class RecordsLost(SourceError):
    """The source does not have any more what was not read yet; a person lets it go on (S-66)."""


class BatchRefused(SourceError):
    """A batch that cannot land as it is; `stuck` (JSON) names it, and a person may leave it out.

    Kept with the error, so that what is left out is what was refused, whatever came meanwhile.
    """

    def __init__(self, message: str, stuck: dict[str, str]):
        super().__init__(message)
        self.stuck = stuck


class QueryFailed(SourceError):
    """The database began to answer and says that it cannot: `says`, in its words.

    `is_of_rows`: rows may be at fault, and not the query, the rights or the tables that it names.
    """

    def __init__(self, message: str, says: str, is_of_rows: bool):
        super().__init__(message)
        self.says, self.is_of_rows = says, is_of_rows


class NothingToSkip(SourceError):
    """`source skip` where nothing is in the way."""

    exit_status = 2


class BeingCollected(SourceError):
    """Another process reads this source at this moment."""


def is_fault(error: BaseException) -> bool:
    """Whether it is a fault of what was called: a panic of a library in Rust is no Exception.

    An interruption is none.
    """
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"
