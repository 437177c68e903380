"""The dbt project parsed and compiled, kept by the digest of its files."""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterhouse.common.code_version import add_file, folder_digest, project_digest
from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT, parsed_projects
from meterhouse.dbt.compile import compile_project
from meterhouse.dbt.compiled import Compiled, is_compiled, read_compiled, write_compiled
from meterhouse.dbt.compose import composed_project, in_own_words
from meterhouse.dbt.invoke import invoke
from meterhouse.metrics.checks import check_metrics
from meterhouse.metrics.published import check_published

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

KEPT = 4
PACKAGE = Path(__file__).resolve().parents[1]
PARTIAL_PARSE = "partial_parse.msgpack"
# The modules beside this one that decide what is in compiled.json.
COMPILED_BY = ("compile", "compiled", "hooks", "order", "owners", "refuse")


@dataclass(frozen=True)
class ParsedProject:
    """`folder` has compiled.json, manifest.json and dbt's own binary form of it.

    `source` is what was parsed, `digest` its project_digest then. A run reads compiled.json alone,
    which needs no dbt.
    """

    folder: Path
    source: Path = DBT_PROJECT
    digest: str = ""

    @cached_property
    def compiled(self) -> Compiled:
        """All models and tests with their SQL."""
        return read_compiled(self.folder)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """manifest.json as a dictionary."""
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_bytes())
        return manifest

    @cached_property
    def dbt_manifest(self) -> "Manifest":
        """dbt's own manifest object. A build writes compiled SQL into it, the next one its own."""
        from dbt.contracts.graph.manifest import Manifest

        manifest = Manifest.from_msgpack((self.folder / PARTIAL_PARSE).read_bytes())
        # What `graph` is in the models; dbt makes it only when it parses.
        manifest.build_flat_graph()
        return manifest


def parsed_project(project: Path = DBT_PROJECT, parsed: Path | None = None) -> ParsedProject:
    """The project with the own metrics, as its files are now; parsed only if they have changed.

    Raises FrozenMetricError if a published metric version was changed (S-54), DbtProjectError, with
    dbt's message, if it does not parse, or if a metric does what it may not or breaks a rule.
    """
    check_published(project)
    parsed = parsed or parsed_projects()
    # What an earlier release allowed or compiled is looked at again by this one.
    rules = folder_digest(PACKAGE / "metrics", ("allowed",))
    code = hashlib.sha256()
    for name in COMPILED_BY:
        add_file(code, PACKAGE, PACKAGE / "dbt" / f"{name}.py")
    rules += code.hexdigest()
    made_by = [version(name) for name in ("dbt-core", "dbt-duckdb", "duckdb")]
    files = project_digest(project)
    digest = hashlib.sha256(f"{files}{rules}{made_by}".encode()).hexdigest()[:16]
    folder = parsed / digest
    if not is_compiled(folder):
        check_metrics(project)
    source = composed_project(project, parsed / "composed" / digest)
    if not is_compiled(folder):
        _parse(source, parsed, folder)
    return ParsedProject(folder, source, files)


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
                f"{in_own_words(str(result.exception).strip())}"
            )
        made = ParsedProject(work, project)
        write_compiled(compile_project(project, made.manifest, made.dbt_manifest), work)
        _publish(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for old in [path for path in before if path != folder][KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(parsed / "composed" / old.name, ignore_errors=True)


def _publish(work: Path, folder: Path) -> None:
    try:
        os.rename(work, folder)
    except OSError:
        # Another process parsed the same files at the same time, and was first.
        if not is_compiled(folder):
            raise


def _newest_first(parsed: Path) -> list[Path]:
    folders = [path for path in parsed.iterdir() if is_compiled(path)]
    return sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
