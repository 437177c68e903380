"""The files of a folder of metrics: each that dbt would take is one that the checks look at."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

METRIC_NAME = re.compile(r"[a-z][a-z0-9_]*")
# What stands beside the metrics' folders.
LOOKUPS = "_lookups.yml"
# dbt looks at these whatever the case of their letters; .csv are fixtures of its unit tests.
TAKEN = {".sql", ".py", ".yml", ".yaml", ".md", ".csv", ".json", ".sqlx"}
NOT_TAKEN = {"README.md", "published_metrics.csv"}


@dataclass
class MetricFiles:
    """The files of one folder of metrics that are to be read, and what is wrong with others."""

    sql: list[Path] = field(default_factory=list)
    yaml: list[Path] = field(default_factory=list)
    lookups: Path | None = None
    problems: list[str] = field(default_factory=list)


def metric_files(folder: Path, only: Collection[str] | None = None) -> MetricFiles:
    """Look through `folder`, or of its metrics at `only`; one that is not there has no files."""
    found = MetricFiles()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        inside = path.relative_to(folder)
        if _is_generated(inside) or (only is not None and inside.parts[0] not in {*only, LOOKUPS}):
            continue
        problem = next(_problems(path, inside), None)
        if problem:
            found.problems.append(f"{path} {problem}")
        elif path.is_dir() or path.name in NOT_TAKEN or path.suffix.lower() not in TAKEN:
            continue
        elif path.name == LOOKUPS:
            found.lookups = path
        elif path.suffix == ".sql":
            found.sql.append(path)
        else:
            found.yaml.append(path)
    return found


def _is_generated(inside: Path) -> bool:
    return "__pycache__" in inside.parts


def _problems(path: Path, inside: Path) -> Iterator[str]:
    if path.is_symlink():
        yield "is a link; what it points at could change after it was checked. Copy the file here."
    elif path.is_dir():
        if len(inside.parts) > 1:
            yield "is a folder inside a metric's folder; a metric's files stand side by side."
        elif not METRIC_NAME.fullmatch(path.name):
            yield "is no name of a metric: lower case words joined by underscores."
    elif not path.is_file():
        yield "is no file."
    elif path.suffix.lower() == ".py":
        yield "is Python; a metric is SQL, and has no other rights."
    elif path.name in NOT_TAKEN:
        text = path.read_text("utf-8", "replace")
        if path.suffix == ".md" and re.search(r"\{[{%]", text):
            yield "has {{ or {% in it, which dbt would fill in; write it without."
    elif path.suffix.lower() not in TAKEN:
        return
    elif len(inside.parts) == 1:
        if path.name != LOOKUPS:
            yield f"stands beside the metrics; here only {LOOKUPS} is read. Move or remove it."
    else:
        name = re.escape(inside.parts[0])
        if not re.fullmatch(rf"{name}_v[1-9][0-9]*\.sql|_{name}__[a-z_]+\.yml", path.name):
            yield (
                f"is none of a metric's files: {inside.parts[0]}_v<version>.sql and "
                f"_{inside.parts[0]}__models.yml; rename it, or move it elsewhere."
            )
