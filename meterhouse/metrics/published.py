"""Published metric versions are frozen (S-14): published_metrics.csv has their digests.

There is one beside the shipped metrics (dbt_project/) and one in the folder of own metrics.

A digest is of the SQL, whitespace apart, and of what the YAML says of its meaning: event types,
group keys, how days roll up, what is carried over. A description may be improved for ever.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from meterhouse.common.errors import FrozenMetricError, UsageError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.common.yaml_files import read_yaml
from meterhouse.metrics.declaration import rollup_of
from meterhouse.metrics.folders import MetricFolder, folder_of, metric_folders

MEANING = ("event_types", "group_keys")
# Of a metric that is declared in YAML alone; absent elsewhere, and then not part of a digest.
DECLARED = ("aggregation", "aggregation_key", "property_filters")


def metric_digest(metric: str, version: int, dbt_project: Path = DBT_PROJECT) -> str:
    """The digest of one metric version as its files are now; FileNotFoundError if it has none."""
    folder = folder_of(metric, dbt_project).path / metric
    sql = (folder / f"{metric}_v{version}.sql").read_text("utf-8")
    declared = read_yaml(folder / f"_{metric}__models.yml")["models"][0]
    versions = {int(one["v"]): one for one in declared["versions"]}
    own: dict[str, Any] = versions.get(version, {})
    meta = {
        **declared.get("config", {}).get("meta", {}),
        **own.get("config", {}).get("meta", {}),
    }
    declaration = [meta.get(key) for key in DECLARED] if "aggregation" in meta else []
    # An aggregation says how its days roll up; the key itself is then absent.
    rollup = None if declaration else rollup_of(meta)
    meaning = [*(meta.get(key) for key in MEANING), rollup]
    # Absent from versions that see their period alone (S-56), whose digests are older than the key.
    carried = [["carry", meta["carry"]]] if "carry" in meta else []
    content = json.dumps([" ".join(sql.split()), *meaning, *declaration, *carried])
    return hashlib.sha256(content.encode()).hexdigest()


def published_metrics(dbt_project: Path = DBT_PROJECT) -> dict[tuple[str, int], str]:
    """(metric, version) → the digest that was recorded when it was published."""
    found: dict[tuple[str, int], str] = {}
    for folder in metric_folders(dbt_project):
        found |= _recorded(folder)
    return found


def changed_metrics(dbt_project: Path = DBT_PROJECT) -> list[str]:
    """A sentence for each published version whose files are not what was published."""
    return [
        _changed(metric, version, dbt_project)
        for (metric, version), digest in sorted(published_metrics(dbt_project).items())
        if current_digest(metric, version, dbt_project) != digest
    ]


def check_published(dbt_project: Path = DBT_PROJECT) -> None:
    """Raise FrozenMetricError if a published version is not what was published (S-54).

    Asked before anything is computed, and each time: the files are few and small.
    """
    changed = changed_metrics(dbt_project)
    if changed:
        raise FrozenMetricError("\n".join([*changed, "Nothing was run."]))


def publish(metric: str, version: int, dbt_project: Path = DBT_PROJECT) -> str:
    """Record a version as published; its digest. UsageError if it is, or is not billed."""
    published = published_metrics(dbt_project)
    if (metric, version) in published:
        raise UsageError(f"{metric} version {version} is published already.")
    folder = folder_of(metric, dbt_project)
    if (metric, version) not in folder.billed():
        raise UsageError(
            f"{metric} version {version} is not in {folder.listed}: list it there first."
            if folder.listed
            else f"There is no {folder.path / metric}/{metric}_v{version}.sql: write it first."
        )
    recorded = _recorded(folder)
    recorded[metric, version] = metric_digest(metric, version, dbt_project)
    with folder.published.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["metric", "version", "digest"])
        writer.writerows((*key, digest) for key, digest in sorted(recorded.items()))
    return recorded[metric, version]


def _recorded(folder: MetricFolder) -> dict[tuple[str, int], str]:
    if not folder.published.is_file():
        return {}
    with folder.published.open(encoding="utf-8", newline="") as file:
        return {(row["metric"], int(row["version"])): row["digest"] for row in csv.DictReader(file)}


def current_digest(metric: str, version: int, dbt_project: Path = DBT_PROJECT) -> str | None:
    """As `metric_digest`; None if there are no files of it that can be read."""
    try:
        return metric_digest(metric, version, dbt_project)
    except (FileNotFoundError, LookupError, TypeError, ValueError, yaml.YAMLError):
        # Gone, or not to be read any more: not what was published either.
        return None


def _changed(metric: str, version: int, dbt_project: Path) -> str:
    metrics = folder_of(metric, dbt_project)
    folder = metrics.path / metric
    latest = max((number for name, number in metrics.billed() if name == metric), default=0)
    new = max(latest, version) + 1
    listing = f" and the line `('{metric}', {new}),` to {metrics.listed}" if metrics.listed else ""
    return (
        f"{metric} version {version} is published: invoices may stand on it, so its SQL, event "
        f"types, group keys, `rollup` and `carry` stay as they are. Put {folder} back as it was "
        f"and make a new version: copy {metric}_v{version}.sql to {metric}_v{new}.sql and edit the "
        f"copy, add `- v: {new}` to `versions` in _{metric}__models.yml{listing}; then point "
        "products at it from a date on, in product_metrics.csv."
    )


def main() -> int:
    """`python -m meterhouse.metrics.published NAME VERSION`: publish that version."""
    if len(sys.argv) != 3 or not sys.argv[2].isdecimal():
        print("usage: python -m meterhouse.metrics.published NAME VERSION", file=sys.stderr)
        return 2
    try:
        digest = publish(sys.argv[1], int(sys.argv[2]))
    except UsageError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    print(f"{sys.argv[1]} version {sys.argv[2]} is published and frozen ({digest[:12]})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
