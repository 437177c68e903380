"""Verification of the log of alerts: is what was told still what was told? (S-47, S-76)

Every file is read against its digest, the id of every row is worked out again from what the row
says, and every row that a publication has must be there. The rows themselves are not computed
again: each was told by a run, of what that run knew; that the same runs tell the same rows the
tests hold.
"""

from pathlib import Path

import duckdb

from meterhouse.common.mart_files import mart_sql
from meterhouse.common.model_sql import macro_sql
from meterhouse.verify.found import Found
from meterhouse.warehouse.alert_log import ALERTS, alert_log
from meterhouse.warehouse.generations import all_folders
from raw_events.common.errors import LogDamaged
from raw_events.log.append_only import AppendOnlyTable
from raw_events.log.checksums import broken_checksums
from raw_events.log.strangers import strangers
from raw_events.log.verify import FOREIGN

SHOWN = 5
_NAMES = ", ".join(ALERTS.names)


def verify_alerts(home: Path) -> Found | None:
    """What is wrong with $METERHOUSE_HOME/alerts, in sentences; None where no alert was ever told.

    Reads every file of the log, and the mart alert_events of all publications that are kept.
    """
    log = alert_log(home)
    marts = [mart for folder in all_folders(home) if (mart := mart_sql(folder, "alert_events"))]
    problems = _files(log)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        try:
            con.execute(f"create temp table told as from {log.source()}")
        except LogDamaged as error:
            # The first of them, or Delta's own file.
            problems = problems or [str(error)]
        else:
            problems += _ids(con, log)
            problems += _published(con, log, marts)
    entries = max(log.version(), 0)
    if not entries and not problems:
        return None
    return Found({"entries": entries}, problems)


def _files(log: AppendOnlyTable) -> list[str]:
    problems = [f"{path}: {what}" for path, what in broken_checksums(log.folder)]
    named = set()
    for number in range(log.version()):
        try:
            for entry in log.entries(number, number + 1):
                named.add(entry.path)
                log.whole_file(entry.path)
        except LogDamaged as error:
            problems.append(str(error))
    if not problems:
        # Files of an entry that cannot be read are not strangers.
        problems += [f"{path} {FOREIGN}" for path in strangers(log.root, named)]
    return problems


def _ids(con: duckdb.DuckDBPyConnection, log: AppendOnlyTable) -> list[str]:
    """Rows whose id is not that of what they say: somebody wrote them who is not Meterhouse."""
    rows = con.execute(
        f"select alert_event_id, alert_id, contract_id from told "
        f"where alert_event_id <> {macro_sql('alert_event_id()')} order by all"
    ).fetchall()
    return _first(
        [
            f"{log.root}: the row {id} (alert {alert} of contract {contract}) was changed after it "
            "was told: its id is not that of what it says. Restore that folder from a backup"
            for id, alert, contract in rows
        ]
    )


def _published(con: duckdb.DuckDBPyConnection, log: AppendOnlyTable, marts: list[str]) -> list[str]:
    """Rows that a publication shows and the log has not, or has otherwise."""
    problems = []
    for mart in marts:
        try:
            rows = con.execute(
                f"""
                select shown.alert_event_id, shown.alert_id, shown.contract_id,
                    exists (from told where told.alert_event_id = shown.alert_event_id) as is_there
                from (select {_NAMES} from {mart} except select {_NAMES} from told) as shown
                order by all
                """
            ).fetchall()
        except duckdb.Error:
            # An earlier release's, or its checksum says what is wrong with it.
            continue
        problems += [
            f"{log.root}: the row {id} (alert {alert} of contract {contract}) "
            + ("is not what was published of it" if is_there else "is gone, and was published")
            + ". Restore that folder from a backup; without it what still holds is told once more, "
            "with the same ids"
            for id, alert, contract, is_there in rows
        ]
    return _first(list(dict.fromkeys(problems)))


def _first(problems: list[str]) -> list[str]:
    more = len(problems) - SHOWN
    return problems[:SHOWN] + ([f"… and {more:,} more rows like that"] if more > 0 else [])
