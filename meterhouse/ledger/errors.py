"""What can go wrong with the ledger, in the user's words."""

from meterhouse.common.errors import MeterhouseError


class LedgerError(MeterhouseError):
    """Nothing was written; the message says why and what to do next."""


class LedgerMoved(LedgerError):
    """Another finalization came first, or the inputs are not of this run: run again."""


class LedgerDamaged(LedgerError):
    """A file of the ledger is missing, changed or not Meterhouse's own."""


class AlreadyVoid(LedgerError):
    """The invoice was made void before; the message says when and why."""
