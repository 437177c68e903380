"""Where metrics stand: those that ship with the dbt project, and a company's own beside them.

Own metrics have the shape of the shipped ones: a folder per metric, `<name>_v<version>.sql` and the
YAML in it. Their versions need no list: what has a file is billed.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT, PUBLISHED, own_metrics

METRICS = Path("models") / "metrics"
LOOKUPS = "_lookups.yml"
BILLED = Path("macros") / "project" / "billed_metrics.sql"
BILLED_LINE = re.compile(r"^ *\('(\w+)', (\d+)\),$", re.MULTILINE)
VERSION_FILE = re.compile(r"(?P<metric>\w+)_v(?P<version>\d+)")


@dataclass(frozen=True)
class MetricFolder:
    """A folder with one folder per metric.

    `listed` is the file of the macro that lists the versions to be billed, None if every version is
    that has a file; `published` records the digests of frozen versions (S-14).
    """

    path: Path
    published: Path
    listed: Path | None = None

    @property
    def lookups(self) -> Path:
        """The file that declares lookup tables; it may be missing."""
        return self.path / LOOKUPS

    def names(self) -> list[str]:
        """Its metrics."""
        return sorted(
            path.name
            for path in self.path.iterdir()
            if path.is_dir() and not path.name.startswith((".", "_"))
        )

    def billed(self) -> list[tuple[str, int]]:
        """(metric, version) of what products may point at."""
        if self.listed is not None:
            found = BILLED_LINE.findall(self.listed.read_text("utf-8"))
            return [(metric, int(version)) for metric, version in found]
        files = (path for name in self.names() for path in (self.path / name).glob("*.sql"))
        matches = ((path, VERSION_FILE.fullmatch(path.stem)) for path in files)
        return sorted(
            (match["metric"], int(match["version"]))
            for path, match in matches
            if match and match["metric"] == path.parent.name
        )


def shipped_folder(dbt_project: Path = DBT_PROJECT) -> MetricFolder:
    """The metrics of a dbt project."""
    return MetricFolder(dbt_project / METRICS, dbt_project / PUBLISHED, dbt_project / BILLED)


def own_folder() -> MetricFolder | None:
    """The company's own metrics (METERHOUSE_METRICS), None if there are none."""
    own = own_metrics()
    return MetricFolder(own, own / PUBLISHED) if own else None


def metric_folders(dbt_project: Path = DBT_PROJECT) -> list[MetricFolder]:
    """The shipped metrics, then the own ones.

    Raises DbtProjectError if both have a metric of one name: which of them is billed must not
    depend on an order.
    """
    shipped, own = shipped_folder(dbt_project), own_folder()
    if own is None or not shipped.path.is_dir():
        return [shipped] if shipped.path.is_dir() else []
    for name in own.names():
        if name in shipped.names():
            raise DbtProjectError(
                f"{own.path / name}: Meterhouse ships a metric {name}; give yours a name of its "
                f"own, in the names of its folder, files and YAML entry: for example own_{name}."
            )
    return [shipped, own]


def folder_of(metric: str, dbt_project: Path = DBT_PROJECT) -> MetricFolder:
    """The folder that has the metric; for an unknown one that where a new metric goes."""
    folders = metric_folders(dbt_project)
    for folder in folders:
        if (folder.path / metric).is_dir():
            return folder
    return folders[-1] if folders else shipped_folder(dbt_project)


def list_as_billed(path: Path, versions: list[tuple[str, int]]) -> None:
    """Add versions to the list in the file of the macro, at their places in the alphabet."""
    text = path.read_text("utf-8")
    before = [(metric, int(version)) for metric, version in BILLED_LINE.findall(text)]
    listed = sorted({*before, *versions})
    places = [match.span() for match in BILLED_LINE.finditer(text)]
    lines = "\n".join(f"        ('{metric}', {version})," for metric, version in listed)
    path.write_text(text[: places[0][0]] + lines + text[places[-1][1] :], "utf-8")
