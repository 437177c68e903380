"""The folder `event_types/` of the price book: schemas, what of them is published, the modes."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from meterhouse.common.settings import seeds
from meterhouse.event_types.errors import EventTypeError
from raw_events.common.files import replaced_file
from raw_events.schemas.published import MODES, REPORT, Published
from raw_events.schemas.schema import read_schema
from raw_events.validation.event import MAX_IDENTITY_CHARACTERS

FOLDER = "event_types"
PUBLISHED, PUBLISHED_COLUMNS = "published.csv", ("event_type", "version", "sha256", "reason")
MODES_FILE, MODES_COLUMNS = "modes.csv", ("event_type", "mode")
_VERSION_FILE = re.compile(r"v([1-9][0-9]{0,8})\.json")
_LONGEST_NAME = 240


@dataclass(frozen=True)
class Recorded:
    """A row of published.csv. `reason`: why a metric's property was loosened all the same."""

    sha256: str
    reason: str


@dataclass
class Registry:
    """What the folder has. `versions`: event type → version → its file; it may have any text."""

    folder: Path
    versions: dict[str, dict[int, Path]] = field(default_factory=dict)
    published: dict[tuple[str, int], Recorded] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def newest(self, event_type: str) -> int | None:
        """The version that judges a type; None if none is published."""
        numbers = [number for name, number in self.published if name == event_type]
        return max(numbers, default=None)

    def mode(self, event_type: str) -> str:
        """What happens to an event that breaks the schema of its type."""
        return self.modes.get(event_type, REPORT)


def registry_folder() -> Path:
    """Where the schemas are: beside the tables of the price book."""
    return seeds() / FOLDER


def read_registry(folder: Path | None = None) -> Registry:
    """What is in the folder, with a sentence for each problem; a missing folder is an empty one.

    Published versions are compared with their checksums. Versions that are not published are not
    read: their text is a matter of `check`.
    """
    found = Registry(folder or registry_folder())
    if not found.folder.is_dir():
        return found
    for path in sorted(found.folder.iterdir()):
        if path.is_dir() and not path.name.startswith("."):
            found.versions[unquote(path.name)] = _versions(path, found.problems)
        elif path.name not in (PUBLISHED, MODES_FILE) and not path.name.startswith("."):
            found.problems.append(
                f"{path} does not belong here: a schema is <event type>/v<N>.json in this folder."
            )
    for row, values in _rows(found, PUBLISHED, PUBLISHED_COLUMNS):
        _take_published(found, row, values)
    for row, values in _rows(found, MODES_FILE, MODES_COLUMNS):
        _take_mode(found, row, values)
    return found


def published_types(folder: Path | None = None) -> list[Published]:
    """The newest published version of each type. Raises EventTypeError with every problem.

    A schema that is not what was published judges nothing, and nothing is judged without it.
    """
    registry = read_registry(folder)
    found = []
    for name in sorted({name for name, _ in registry.published}):
        number = registry.newest(name)
        path = registry.versions.get(name, {}).get(number or 0)
        text = path.read_bytes() if path else b""
        schema, problems = read_schema(text)
        if schema is None and not registry.problems:
            registry.problems += [f"{path}: {each.keyword}: {each.sentence}" for each in problems]
        if schema is not None and number is not None:
            found.append(Published(name, number, registry.mode(name), text, schema))
    if registry.problems:
        raise EventTypeError(
            "The schemas of event types cannot be used, so nothing was landed and nothing was "
            "run:\n" + "\n".join(f"- {problem}" for problem in registry.problems)
        )
    return found


def folder_name(event_type: str) -> str:
    """The name of a type's folder: the type, with `%2F` and alike for what is no plain character.

    Raises EventTypeError for a type that no event may have, or that is too long for a file.
    """
    if not 1 <= len(event_type) <= MAX_IDENTITY_CHARACTERS or "\0" in event_type:
        raise EventTypeError(
            f"An event type has 1 to {MAX_IDENTITY_CHARACTERS} characters (S-5), and "
            f"{event_type!r} has {len(event_type)}."
        )
    name = quote(event_type, safe="")
    name = "%2E" + name[1:] if name.startswith(".") else name
    if len(name) > _LONGEST_NAME:
        raise EventTypeError(
            f"{event_type!r} is too long for the name of a folder with its letters written as %XX; "
            "an event type with a schema has about 40 letters that are not of ASCII, at most."
        )
    return name


def sha256_of(path: Path) -> str:
    """SHA-256 of a schema's file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record(registry: Registry, event_type: str, version: int, reason: str) -> None:
    """Add a version to published.csv: the whole file anew, in one rename."""
    rows = dict(registry.published)
    path = registry.versions[event_type][version]
    rows[event_type, version] = Recorded(sha256_of(path), reason)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PUBLISHED_COLUMNS)
    writer.writerows((*key, row.sha256, row.reason) for key, row in sorted(rows.items()))
    with replaced_file(registry.folder / PUBLISHED) as temporary:
        temporary.write_text(text.getvalue(), "utf-8")


def _versions(folder: Path, problems: list[str]) -> dict[int, Path]:
    found = {}
    event_type = unquote(folder.name)
    try:
        name = folder_name(event_type)
    except EventTypeError as error:
        problems.append(f"{folder}: {error}")
        return {}
    if name != folder.name:
        problems.append(f"{folder}: the folder of the event type {event_type} is named {name}.")
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        match = _VERSION_FILE.fullmatch(path.name)
        if match and path.is_file():
            found[int(match[1])] = path
        else:
            problems.append(f"{path}: a version of a schema is named v<N>.json, with N from 1 on.")
    return found


def _rows(
    registry: Registry, name: str, columns: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    path = registry.folder / name
    if not path.is_file():
        return
    try:
        text = io.StringIO(path.read_text("utf-8-sig"), newline="")
        records = list(csv.reader(text, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        registry.problems.append(f"{path} cannot be read: {error}.")
        return
    if not records or sorted(records[0]) != sorted(columns):
        registry.problems.append(f"{path}: its header is {','.join(columns)}.")
        return
    for row, cells in enumerate(records[1:], 2):
        if cells and len(cells) == len(columns):
            yield row, dict(zip(records[0], cells, strict=True))
        elif cells:
            registry.problems.append(f"{path}, row {row}: it has {len(cells)} cells.")


def _take_published(registry: Registry, row: int, values: dict[str, str]) -> None:
    name, where = values["event_type"], f"{registry.folder / PUBLISHED}, row {row}"
    number = int(values["version"]) if re.fullmatch("[1-9][0-9]{0,8}", values["version"]) else 0
    path = registry.versions.get(name, {}).get(number)
    if (name, number) in registry.published:
        registry.problems.append(f"{where}: version {number} of {name} stands there twice.")
    elif path is None:
        registry.problems.append(
            f"{where}: version {values['version']} of {name} is published, and its file is not "
            f"there. Put {registry.folder}/{quote(name, safe='')}/v{values['version']}.json back."
        )
    elif sha256_of(path) != values["sha256"]:
        registry.problems.append(
            f"{path}: version {number} of {name} is published, and so it is frozen (S-64); the "
            "file is not what was published. Put it back as it was, and write what is new into "
            f"the next version: meterhouse event-type new {name}"
        )
    else:
        registry.published[name, number] = Recorded(values["sha256"], values["reason"])


def _take_mode(registry: Registry, row: int, values: dict[str, str]) -> None:
    name, mode = values["event_type"], values["mode"]
    where = f"{registry.folder / MODES_FILE}, row {row}"
    if mode not in MODES:
        registry.problems.append(f"{where}: {mode!r} is no mode; it is {' or '.join(MODES)}.")
    elif name in registry.modes:
        registry.problems.append(f"{where}: {name} stands there twice.")
    elif name not in registry.versions:
        registry.problems.append(f"{where}: {name} has no schema in {registry.folder}.")
    else:
        registry.modes[name] = mode
