"""The dbt project together with a company's own metrics, as one project.

dbt takes models from folders inside a project. So where there are own metrics, the shipped project
is copied, they are put beside the shipped ones and listed as billed; dbt sees an ordinary project.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

from meterhouse.metrics.folders import BILLED, METRICS, list_as_billed, own_folder

# Shipped and own tables of the source `lookups` are declared in a file each.
OWN_LOOKUPS = "_own_lookups.yml"
GENERATED = ("target", "logs", "dbt_packages", "__pycache__", ".*")


def composed_project(project: Path, target: Path) -> Path:
    """`project` if there are no own metrics, else `target`, made from both if it is not there yet.

    `target` is named by the digest of both, so that it never changes.
    """
    own = own_folder()
    if own is None or not own.names():
        return project
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".composing-", dir=target.parent))
    try:
        copy = work / "dbt_project"
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns(*GENERATED))
        # An install may be read-only, and a copy keeps the rights.
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        for name in own.names():
            shutil.copytree(own.path / name, copy / METRICS / name)
        if own.lookups.is_file():
            shutil.copy(own.lookups, copy / METRICS / OWN_LOOKUPS)
        list_as_billed(copy / BILLED, own.billed())
        _publish(copy, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def in_own_words(text: str) -> str:
    """A message of dbt with the paths of own metrics' files, where it names those of the copy."""
    own = own_folder()
    if own is None:
        return text
    for name in own.names():
        text = re.sub(rf"[^\s('\"]*\bmodels/metrics/{name}/", f"{own.path / name}/", text)
    return text


def _publish(copy: Path, target: Path) -> None:
    try:
        os.rename(copy, target)
    except OSError:
        # Another process composed the same files at the same time, and was first.
        if not target.is_dir():
            raise
