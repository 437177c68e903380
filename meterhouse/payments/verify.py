"""Is the log of payments whole, and as long as final invoices know it? (S-47, S-72)"""

from pathlib import Path

from meterhouse.payments.log import payments_table
from raw_events.common.errors import LogDamaged
from raw_events.log.checksums import broken_checksums


def verify_payments(home: Path, known: int) -> tuple[int, list[str]]:
    """How many entries there are, and what is wrong, in sentences; reads every file.

    `known`: the latest version that an entry of the ledger was made from; -1 if none was.
    """
    table = payments_table(home)
    version = table.version()
    problems = [f"{path}: {what}" for path, what in broken_checksums(table.folder)]
    for number in range(version):
        try:
            for entry in table.entries(number, number + 1):
                table.whole_file(entry.path)
        except LogDamaged as error:
            problems.append(str(error))
    if known > version:
        problems.append(
            f"{table.root} ends at version {version}, and final invoices were made from version "
            f"{known} of it; restore that folder from a backup"
        )
    return max(version, 0), problems
