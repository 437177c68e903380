"""The collectors of a company: one file each in the folder `collectors`.

    collectors/job_runs.sql     a query, with its settings in a comment at the top
    collectors/usage.yaml       settings alone; `kind` says what it is

The name of the file is the `source` of its events and the key of its position, so a file that is
renamed is another source, which begins anew.
"""

import re
from importlib import import_module
from pathlib import Path

from raw_events.collectors.errors import CollectorFault, is_fault
from raw_events.collectors.head import Head
from raw_events.collectors.source import Source
from raw_events.common.errors import LandingError
from raw_events.common.source_names import OTHER_WAYS, fault_of
from raw_events.common.text import shown

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Of each kind the module with `source_of(name, head, body)`; heavy libraries are imported when a
# source is read.
KINDS = {
    "sql": "raw_events.collectors.sql.source",
    "bucket": "raw_events.collectors.buckets.bucket",
    "kafka": "raw_events.collectors.streams.kafka",
    "redis": "raw_events.collectors.streams.redis_stream",
}
SUFFIXES = (".sql", ".yaml", ".yml")
_HEAD = re.compile(r"\s*/\*-{3,}\n(?P<head>.*?)\n-{3,}\*/(?P<body>.*)", re.DOTALL)


def collector_files(folder: Path | None) -> dict[str, Path]:
    """Name → file of every collector, sorted by name; none without a folder."""
    if folder is None or not folder.is_dir():
        return {}
    files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    return {path.stem: path for path in files if not path.name.startswith((".", "_"))}


def is_name(name: str) -> bool:
    """Whether a source may be called so."""
    return bool(_NAME.fullmatch(name)) and not fault_of(name)


def open_source(folder: Path | None, name: str) -> Source:
    """The source of this name. Raises CollectorFault if there is none, or its file is wrong."""
    files = collector_files(folder)
    if name not in files:
        known = ", ".join(map(shown, files)) or "none"
        where = f"in {folder}" if folder else "(METERHOUSE_COLLECTORS names their folder)"
        raise CollectorFault(f"There is no collector {shown(name)} {where}; there are: {known}.")
    path = files[name]
    others = [path.with_suffix(suffix).name for suffix in SUFFIXES]
    twice = [other for other in others if (path.parent / other).exists()]
    if len(twice) > 1:
        raise CollectorFault(
            f"{' and '.join(map(shown, twice))} name one source, and each would go on where the "
            "other stopped. Rename one of them; under another name it is another source."
        )
    if not is_name(name):
        raise CollectorFault(
            f"{shown(path)}: a collector's name has small letters, digits and _, begins with a "
            f"letter, and is none of {', '.join(OTHER_WAYS)}: its events carry it. Rename the file."
        )
    if not path.is_file():
        # A pipe or a device would be waited for, for ever.
        raise CollectorFault(f"{shown(path)} is no regular file, and a collector is one.")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CollectorFault(f"{shown(path)} cannot be read: {error}.") from error
    body = ""
    if path.suffix == ".sql":
        found = _HEAD.fullmatch(text.replace("\r\n", "\n"))
        if found is None:
            raise CollectorFault(
                f"{shown(path)} must begin with its settings, as YAML between a line /*--- and a "
                "line ---*/ (docs/collectors.md)."
            )
        head, kind, body = Head(name, found["head"]), "sql", found["body"]
    else:
        head = Head(name, text)
        kind = head.text("kind")
    if kind not in KINDS:
        raise head.fault(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
    try:
        source: Source = import_module(KINDS[kind]).source_of(name, head, body)
    except LandingError:
        raise
    except BaseException as error:
        if not is_fault(error):
            raise
        # What nobody foresaw in one file must not stop the others (S-65).
        raise head.fault(f"its settings cannot be used ({shown(error)})") from error
    return source
