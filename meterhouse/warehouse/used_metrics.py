"""Which published metric versions made invoices final here, as they were then (S-14, S-54).

`published_metrics.csv` lies beside the metrics' own files: who edits a version can take its line
out and publish it anew. So the data directory remembers the digests too, beside what it billed.
"""

import csv
from pathlib import Path

from meterhouse.common.errors import FrozenMetricError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.ledger.store import Ledger
from meterhouse.metrics.published import current_digest, published_metrics
from raw_events.common.files import replaced_file

FILE = "published_metrics.csv"
COLUMNS = ("metric", "version", "digest")


def check_used_metrics(home: Path, dbt_project: Path = DBT_PROJECT) -> None:
    """Raise FrozenMetricError if a version that is remembered here has other files now.

    One whose files are gone computes nothing, and is no matter.
    """
    published = published_metrics(dbt_project)
    # What is listed as it is remembered was compared with its files already (check_published).
    differing = {key: old for key, old in _remembered(home).items() if published.get(key) != old}
    changed = [
        f"{metric} version {version} is not what it was when invoices became final in {home}, even "
        f"if it was published again since: put its files back as they were ({home / FILE} has "
        f"their digest, {digest[:12]}), and make a new version of it (S-14)."
        for (metric, version), digest in sorted(differing.items())
        if current_digest(metric, version, dbt_project) not in (digest, None)
    ]
    if changed:
        raise FrozenMetricError("\n".join([*changed, "Nothing was run."]))


def remember_used_metrics(home: Path, dbt_project: Path = DBT_PROJECT) -> None:
    """Remember what is published now, once there are final invoices; what is known stays."""
    if Ledger(home).version() <= 0:
        return
    known = _remembered(home)
    wanted = published_metrics(dbt_project) | known
    if wanted == known:
        return
    with replaced_file(home / FILE) as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*key, digest) for key, digest in sorted(wanted.items()))


def _remembered(home: Path) -> dict[tuple[str, int], str]:
    path = home / FILE
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["metric"], int(row["version"])): row["digest"] for row in csv.DictReader(file)}
