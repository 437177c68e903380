"""One call of dbt in this process, without traces: no output, no open database, no telemetry."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from meterhouse.common import settings
from meterhouse.dbt.by_hand import note_called_by_us

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest


def invoke(
    arguments: Sequence[str],
    project: Path,
    target: Path,
    logs: Path,
    manifest: "Manifest | None" = None,
    write_json: bool = False,
) -> "dbtRunnerResult":
    """Call dbt on `project`; with `manifest` it does not parse.

    Artifacts go to `target`, dbt.log to `logs`. manifest.json is written if asked for, because that
    takes seconds. The warehouse is closed afterwards, so that other steps of the same process can
    open it with their own settings.
    """
    from dbt.cli.main import dbtRunner

    options = {
        "--project-dir": project,
        "--profiles-dir": project,
        "--target-path": target,
        "--log-path": logs,
        "--log-level": "none",
        "--log-level-file": "info",
    }
    # The profile finds the warehouse by this variable, from whatever folder dbt is in.
    os.environ["METERHOUSE_HOME"] = str(settings.home())
    note_called_by_us()
    # dbt changes the working directory when it fails in some ways.
    directory = os.getcwd()
    runner = dbtRunner(manifest=manifest)
    try:
        flat = [str(text) for option in options.items() for text in option]
        flat.append("--write-json" if write_json else "--no-write-json")
        # dbt.log is read in a terminal: what stands in it is text.
        flat += ["--no-use-colors", "--no-use-colors-file"]
        return runner.invoke([*arguments, "--no-send-anonymous-usage-stats", *flat])
    finally:
        os.chdir(directory)
        _close_warehouse()


def _close_warehouse() -> None:
    # dbt-duckdb keeps the database open until the process ends (keep_open).
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
        DuckDBConnectionManager.close_all_connections()
