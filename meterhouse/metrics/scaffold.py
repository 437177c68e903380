"""`make new-metric NAME=…`: the skeleton of a metric that counts events, to be edited.

Writes <name>/<name>_v1.sql and its YAML entry with a unit test into the folder of own metrics. If
there is none, it goes to the shipped ones (models/metrics), and the version is listed in
macros/project/billed_metrics.sql.
"""

import re
import sys
from pathlib import Path

from meterhouse.common.errors import UsageError
from meterhouse.common.settings import DBT_PROJECT, IS_CHECKOUT
from meterhouse.metrics.folders import folder_of, list_as_billed

METRIC_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

SQL = """\
-- one row per contract, window and region: number of {name} events
select
    contract_id,
    window_start,
    window_end,
    {{{{ property_text('region') }}}} as region,
    {{{{ to_quantity('count(*)') }}}} as quantity,
from {{{{ billable_events() }}}}
group by all
"""

YAML = """\
models:
  - name: {name}
    description: >
      Number of {name} events, per region.
    config:
      meta:
        event_types: [{name}]
        group_keys: [region]
        # How the quantities of days make that of a longer time: sum, max, min, latest,
        # average_of_days_with_data or average_of_all_days. Take the line out where they do not
        # (percentiles, ratios): every run then reads the whole period's events.
        rollup: sum
    columns:
      - {{name: contract_id, data_type: varchar}}
      - {{name: window_start, data_type: date}}
      - {{name: window_end, data_type: date}}
      - {{name: region, data_type: varchar}}
      - {{name: quantity, data_type: "decimal(28, 10)"}}
    data_tests:
      - one_row_per_group:
          arguments:
            group_keys: [region]
    versions:
      - v: 1
# `raw` keeps the macros for dbt's compiler: YAML is rendered before macros are known.
unit_tests:
  - name: {name}_counts_events_of_the_window
    description: >-
      Events inside the window count, those at its end do not; no region is a group of its own.
    model: {name}
    versions:
      include: [1]
    given:
      - input: ref('due_window_days')
        format: sql
        rows: |
          {{% raw %}}{{{{ given_window(['{name}'], '2026-01-01', '2026-01-03') }}}}{{% endraw %}}
      - input: ref('events')
        format: sql
        rows: |
          {{% raw %}}{{{{ given_events([
              ('{name}', '2026-01-01 00:00:00Z', '{{"region": "eu"}}'),
              ('{name}', '2026-01-02 23:59:59.999999Z', '{{"region": "eu"}}'),
              ('{name}', '2026-01-02 00:00:00Z', '{{}}'),
              ('{name}', '2026-01-03 00:00:00Z', '{{"region": "eu"}}'),
          ]) }}}}{{% endraw %}}
    expect:
      rows:
        - {{region: eu, quantity: 2}}
        - {{region: null, quantity: 1}}
"""


def new_metric(name: str, dbt_project: Path = DBT_PROJECT) -> list[Path]:
    """Write the files of metric `name` and list it; UsageError for a bad or a taken name.

    Gives what was written, the changed list last where there is one.
    """
    if not METRIC_NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot be a metric's name: lower case words joined by underscores, with the "
            "unit of the quantity. For example: gpu_hours"
        )
    metrics = folder_of(name, dbt_project)
    folder = metrics.path / name
    if folder.exists():
        latest = max(int(path.stem.rsplit("_v", 1)[1]) for path in folder.glob(f"{name}_v*.sql"))
        listing = (
            f", and the line `('{name}', {latest + 1}),` to {metrics.listed}"
            if metrics.listed
            else ""
        )
        raise UsageError(
            f"There is a metric {name} already. For its next version copy {name}_v{latest}.sql to "
            f"{name}_v{latest + 1}.sql and edit the copy, add `- v: {latest + 1}` to `versions` in "
            f"_{name}__models.yml (both in {folder}){listing}."
        )
    folder.mkdir()
    files = {folder / f"{name}_v1.sql": SQL, folder / f"_{name}__models.yml": YAML}
    for path, skeleton in files.items():
        path.write_text(skeleton.format(name=name), "utf-8")
    if metrics.listed is None:
        return [*files]
    list_as_billed(metrics.listed, [(name, 1)])
    return [*files, metrics.listed]


def metric_command(name: str, version: int = 1) -> str:
    """What tries a metric out: the checkout's target, or the command of an install."""
    if IS_CHECKOUT:
        return f"make metric NAME={name} VERSION={version}"
    return f"meterhouse test-metric {name} {version}"


def write_skeleton(name: str) -> None:
    """Write a new metric's files and print which, and what comes next; UsageError as above."""
    written = new_metric(name)
    for path in written:
        print(f"wrote {path}")
    print(
        "Next: edit the first two (event types, group keys, quantity, unit test), then "
        f"{metric_command(name)}"
    )


def main() -> int:
    """`python -m meterhouse.metrics.scaffold NAME`."""
    try:
        write_skeleton(sys.argv[1] if len(sys.argv) > 1 else "")
    except UsageError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
