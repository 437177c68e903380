"""dbt started by hand, or compiling: a plugin of dbt-duckdb that profiles.yml names.

So what the models can reach (dbt/doors.py) holds however dbt is started.
"""

from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from meterhouse.dbt.by_hand import check_filled, find_warehouse, is_by_hand
from meterhouse.dbt.doors import open_for_models
from meterhouse.ledger.passed_build import forget_passed_build
from meterhouse.warehouse.kept_run import forget_rated_run
from raw_events.common.limits import limit_engine


class Plugin(BasePlugin):
    """dbt-duckdb calls it with each database that it opens."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Started by hand: the warehouse that METERHOUSE_HOME names, from wherever dbt is."""
        if is_by_hand() and self.creds:
            self.creds.path = str(find_warehouse())

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Close the doors, the log files that `events.landed_events` has not read apart."""
        # Before the lock, and as in every other process of the pipeline.
        limit_engine(conn)
        if is_by_hand() and self.creds:
            check_filled(conn, self.creds.path)
            # What a person builds here, a part or with other code, no run has tested.
            forget_passed_build(conn)
            forget_rated_run(conn)
        open_for_models(conn)
