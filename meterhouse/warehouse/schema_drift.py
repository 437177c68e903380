"""Do events still fit their schemas? From the published marts (S-64)."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from meterhouse.common.mart_files import mart_sql
from meterhouse.warehouse.generations import published_folder
from raw_events.common.text import counted, shown

SHOWN = 20
_DRIFT = """
    with types as (select event_type from {mart} where property is null and is_declared)

    select event_type, property, json_type, events, faults, broken_rules, is_declared
    from {mart}
    where event_type in (select event_type from types)
        and (faults > 0 or not is_declared)
    order by faults desc, events desc, event_type, property, json_type
"""


@dataclass
class Drift:
    """Of event types with a schema: how many events broke it, properties it does not name, and
    sentences on the first of both."""

    faults: int = 0
    undeclared: int = 0
    lines: list[str] = field(default_factory=list)


def schema_drift(home: Path) -> Drift:
    """What the mart event_schema_drift says; nothing where it is not published yet."""
    folder = published_folder(home)
    mart = mart_sql(folder, "event_schema_drift") if folder else None
    found = Drift()
    if mart is None:
        return found
    with duckdb.connect() as con:
        rows = con.execute(_DRIFT.format(mart=mart)).fetchall()
    found.faults = sum(faults for _, _, _, _, faults, _, _ in rows)
    found.undeclared = len({row[:2] for row in rows if not row[-1]})
    for event_type, name, kind, events, faults, rules, is_declared in rows[:SHOWN]:
        what = f"{shown(event_type)}.{shown(name)} ({kind})" if name else shown(event_type)
        if faults:
            found.lines.append(f"{what}: {counted(faults, 'event')} broke {rules}")
        if not is_declared:
            found.lines.append(f"{what}: not declared, in {counted(events, 'event')}")
    return found
