"""Which properties of an event type published metrics read, and which of them as numbers."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.folders import folder_of
from meterhouse.metrics.published import published_metrics
from meterhouse.metrics.registry import metric_metas

_CALL = re.compile(r"property_(number|text|value)\(\s*['\"]([^'\"]+)['\"]")
_OF_NUMBERS = ("sum", "max", "min", "latest", "time_average")


@dataclass
class Reading:
    """By which metrics a property is read, like `llm_tokens version 2`, and whether as a number."""

    metrics: list[str] = field(default_factory=list)
    as_number: bool = False


def read_properties(event_type: str, dbt_project: Path = DBT_PROJECT) -> dict[str, Reading]:
    """Property → how published metric versions that take events of the type read it."""
    found: dict[str, Reading] = {}
    metas = metric_metas(dbt_project)
    for metric, version in sorted(published_metrics(dbt_project)):
        meta = metas.get((metric, version), {})
        if event_type not in map(str, meta.get("event_types") or []):
            continue
        path = folder_of(metric, dbt_project).path / metric / f"{metric}_v{version}.sql"
        sql = path.read_text("utf-8") if path.is_file() else ""
        for name, as_number in sorted(_readings(sql, meta)):
            reading = found.setdefault(name, Reading())
            reading.as_number |= as_number
            if (label := f"{metric} version {version}") not in reading.metrics:
                reading.metrics.append(label)
    return found


def _readings(sql: str, meta: dict[str, Any]) -> set[tuple[str, bool]]:
    found = {(name, how == "number") for how, name in _CALL.findall(sql)}
    if "aggregation" in meta:
        found |= {(str(name), False) for name in meta.get("group_keys") or []}
        found |= {(str(one["name"]), False) for one in meta.get("property_filters") or []}
        if meta.get("aggregation_key"):
            found.add((str(meta["aggregation_key"]), meta["aggregation"] in _OF_NUMBERS))
    carry = meta.get("carry") or {}
    found |= {(str(name), False) for name in carry.get("by") or []}
    if carry.get("having"):
        found.add((str(carry["having"]), True))
    return found
