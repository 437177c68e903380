"""What can go wrong with the ledger, in the user's words."""

from pathlib import Path

from meterhouse.common.errors import MeterhouseError


class LedgerError(MeterhouseError):
    """Nothing was written; the message says why and what to do next."""


class LedgerMoved(LedgerError):
    """Another finalization came first, or the inputs are not of this run: run again."""


class LedgerDamaged(LedgerError):
    """A file of the ledger is missing, changed or not Meterhouse's own."""


class AlreadyVoid(LedgerError):
    """The invoice was made void before; the message says when and why."""


def unreadable(folder: Path, error: Exception) -> str:
    """That Delta cannot read a table whose entries are whole, and what to do."""
    return (
        f"Delta cannot read {folder} ({error}). Nothing was written. meterhouse verify names the "
        "file that is changed or does not belong there; put it back from a backup, or move it "
        "elsewhere if it is foreign"
    )


def not_written(error: Exception) -> str:
    """That the ledger could not be written, and what to do."""
    return (
        f"The ledger could not be written ({error}). Nothing became final; free space or repair "
        "the disk, then start the run again."
    )


def moved(expected: int, found: int) -> str:
    """That another finalization came first: the versions expected and found."""
    return (
        f"The ledger is at version {found}, but this run was computed at version {expected}: "
        "another finalization came first. Nothing was written; start the run again."
    )
