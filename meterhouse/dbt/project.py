"""The parsed dbt project, kept by the digest of its files."""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from meterhouse.common.code_version import project_digest
from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT, PROJECT
from meterhouse.dbt.invoke import invoke
from meterhouse.metrics.allowed_sql import check_metric_sql

# In the checkout's data folder, whatever METERHOUSE_HOME is: the models are the checkout's.
PARSED = PROJECT / "data" / "dbt"
KEPT = 4
PARTIAL_PARSE = "partial_parse.msgpack"


@dataclass(frozen=True)
class ParsedProject:
    """A folder with `manifest.json` and dbt's own binary form of it."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """manifest.json as a dictionary."""
        return json.loads((self.folder / "manifest.json").read_bytes())

    @cached_property
    def dbt_manifest(self) -> object:
        """dbt's own manifest object. A build writes compiled SQL into it, the next one its own."""
        from dbt.contracts.graph.manifest import Manifest

        manifest = Manifest.from_msgpack((self.folder / PARTIAL_PARSE).read_bytes())
        # What `graph` is in the models; dbt makes it only when it parses.
        manifest.build_flat_graph()
        return manifest


def parsed_project(project: Path = DBT_PROJECT, parsed: Path = PARSED) -> ParsedProject:
    """The project as its files are now; parsed only if they have changed since the last time.

    Raises DbtProjectError, with dbt's message, if it does not parse, or if a metric reads what it
    may not.
    """
    folder = parsed / project_digest(project)[:16]
    if not (folder / "manifest.json").is_file():
        check_metric_sql(project)
        _parse(project, parsed, folder)
    return ParsedProject(folder)


def _parse(project: Path, parsed: Path, folder: Path) -> None:
    parsed.mkdir(parents=True, exist_ok=True)
    before = _newest_first(parsed)
    work = Path(tempfile.mkdtemp(prefix=".parsing-", dir=parsed))
    try:
        if before and (before[0] / PARTIAL_PARSE).is_file():
            # dbt then parses only the files that changed.
            shutil.copy(before[0] / PARTIAL_PARSE, work / PARTIAL_PARSE)
        result = invoke(["parse"], project, target=work, logs=work, write_json=True)
        if not result.success:
            raise DbtProjectError(
                f"The dbt project {project} does not parse; nothing was run.\n"
                f"{str(result.exception).strip()}"
            )
        _publish(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for old in [path for path in before if path != folder][KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _publish(work: Path, folder: Path) -> None:
    try:
        os.rename(work, folder)
    except OSError:
        # Another process parsed the same files at the same time, and was first.
        if not (folder / "manifest.json").is_file():
            raise


def _newest_first(parsed: Path) -> list[Path]:
    folders = [path for path in parsed.iterdir() if (path / "manifest.json").is_file()]
    return sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
