"""What can go wrong at the warehouse's doors, in the user's words."""

from meterhouse.common.errors import MeterhouseError


class WarehouseError(MeterhouseError):
    """The run stops; the message says why and what to do next."""


class ClockError(WarehouseError):
    """`as_of` lies before what is recorded already (S-4)."""

    exit_status = 2


class RunInProgress(WarehouseError):
    """Another run holds the lock, or another program has the warehouse open."""


class EvidenceMissing(WarehouseError):
    """Ledger, log, price books or quarantine are older than what is known of them: restore them."""


class PublishError(WarehouseError):
    """The marts could not be published; readers still see the previous ones."""


class DamagedLog(WarehouseError):
    """Files of the event log are not what was landed: drafts are published, nothing is final."""


class ContractsHeld(WarehouseError):
    """Some contracts could not be computed; the others are billed and published (S-52)."""


class SourcesStopped(WarehouseError):
    """Some sources gave nothing; what the others gave is billed and published (S-65)."""
