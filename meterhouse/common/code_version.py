"""Which code made an invoice (S-47)."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from meterhouse.common.settings import DBT_PROJECT, PROJECT, PUBLISHED, own_metrics

SOURCES = (".sql", ".yml", ".yaml", ".csv", ".py")
# File of code → its stamp when it was read, and the digest. `live` asks some 900 files in each run.
_READ: dict[Path, tuple[tuple[int, ...], str]] = {}


@cache
def code_version() -> str:
    """The package's version and a digest of models, macros and own metrics: `0.1.0+3f9c2a71b04d`.

    Of the content, not of a git commit: a checkout may be edited or exported without its history,
    and the same models must give the same bytes either way (S-4).
    """
    digest = folder_digest(DBT_PROJECT, ("models", "macros"))
    own = own_metrics_digest()
    if own:
        digest = hashlib.sha256(f"{digest}{own}".encode()).hexdigest()
    return f"{version('meterhouse')}+{digest[:12]}"


def folder_digest(root: Path, folders: Iterable[str]) -> str:
    """SHA-256 over path and content of every source file in these folders of `root`."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                _add(digest, root, path, _code_content(path))
    return digest.hexdigest()


def project_digest(root: Path = DBT_PROJECT) -> str:
    """SHA-256 over all that makes dbt's manifest, and over what its metrics are checked against.

    Models, macros, tests, the project's settings, own metrics and the published versions; not over
    what dbt may have generated there when it was started by hand.
    """
    digest = hashlib.sha256(folder_digest(root, ("models", "macros", "tests")).encode())
    for path in sorted([*root.glob("*.yml"), *root.glob("*.csv")]):
        add_file(digest, root, path)
    own = own_metrics()
    if own:
        digest.update(own_metrics_digest().encode())
        if (own / PUBLISHED).is_file():
            add_file(digest, own, own / PUBLISHED)
    return digest.hexdigest()


def code_stamps() -> frozenset[tuple[str, int, int]]:
    """Path, size and time of every file of code and models: whether they are what they were.

    Without the own metrics, which people edit while Meterhouse runs.
    """
    folders = [PROJECT / name for name in ("raw_events", "meterhouse", "dagster_pipeline")]
    folders += [DBT_PROJECT / name for name in ("models", "macros", "tests")]
    paths = (path for folder in folders for path in folder.rglob("*") if path.suffix in SOURCES)
    return frozenset(
        (str(path), state.st_size, state.st_mtime_ns)
        for path in paths
        if (state := path.stat(follow_symlinks=False))
    )


def own_metrics_digest() -> str:
    """SHA-256 over a company's own metrics and lookup tables, empty if it has none."""
    own = own_metrics()
    if own is None:
        return ""
    paths = sorted([*own.glob("*/*"), *own.glob("*.yml")])
    digest = hashlib.sha256()
    for path in paths:
        if path.suffix in SOURCES and path.is_file():
            add_file(digest, own, path)
    return digest.hexdigest() if paths else ""


def add_file(digest: "hashlib._Hash", root: Path, path: Path) -> None:
    """Add a file's path below `root` and its content to a digest."""
    _add(digest, root, path, hashlib.sha256(path.read_bytes()).hexdigest())


def _add(digest: "hashlib._Hash", root: Path, path: Path, content: str) -> None:
    digest.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())


def _code_content(path: Path) -> str:
    """SHA-256 of a file of code, read again where its size or a time of it is another."""
    state = path.stat()
    stamp = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    known = _READ.get(path)
    if known is None or known[0] != stamp:
        known = _READ[path] = stamp, hashlib.sha256(path.read_bytes()).hexdigest()
    return known[1]
