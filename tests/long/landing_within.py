"""Land the drop folder of METERHOUSE_HOME and print the memory that it took, in MiB."""

import os
import resource
from datetime import UTC, datetime
from pathlib import Path

from raw_events.ingest.drop_folder import land_drop_folder

if __name__ == "__main__":
    landed = land_drop_folder(
        Path(os.environ["METERHOUSE_HOME"]), lambda: datetime(2026, 1, 2, tzinfo=UTC)
    )
    for line in (*landed.lines, *landed.stays):
        print(line)
    # Linux counts in KiB.
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
