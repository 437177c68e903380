"""Which code made an invoice (S-47)."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from meterhouse.common.settings import DBT_PROJECT

SOURCES = (".sql", ".yml", ".yaml", ".csv", ".py")


@cache
def code_version() -> str:
    """The package's version and a digest of the models and macros: `0.1.0+3f9c2a71b04d`.

    Of the content, not of a git commit: a checkout may be edited or exported without its history,
    and the same models must give the same bytes either way (S-4).
    """
    digest = folder_digest(DBT_PROJECT, ("models", "macros"))
    return f"{version('meterhouse')}+{digest[:12]}"


def folder_digest(root: Path, folders: Iterable[str]) -> str:
    """SHA-256 over path and content of every source file in these folders of `root`."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                add_file(digest, root, path)
    return digest.hexdigest()


def project_digest(root: Path = DBT_PROJECT) -> str:
    """SHA-256 over all that makes dbt's manifest: models, macros, tests and the project's settings.

    Not over what dbt may have generated there when it was started by hand.
    """
    digest = hashlib.sha256(folder_digest(root, ("models", "macros", "tests")).encode())
    for path in sorted(root.glob("*.yml")):
        add_file(digest, root, path)
    return digest.hexdigest()


def add_file(digest: "hashlib._Hash", root: Path, path: Path) -> None:
    """Add a file's path below `root` and its content to a digest."""
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    digest.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
