"""`meterhouse event-type check` and `publish`: may this version judge from now on?"""

from dataclasses import dataclass, field
from pathlib import Path

from meterhouse.common.alone import folder_held
from meterhouse.event_types.compatibility import Refusals, compare
from meterhouse.event_types.errors import EventTypeError
from meterhouse.event_types.hand_over import check_frozen, hand_over
from meterhouse.event_types.history import History, judged_history
from meterhouse.event_types.read_by_metrics import read_properties
from meterhouse.event_types.registry import (
    Registry,
    read_registry,
    record,
)
from raw_events.schemas.published import Published
from raw_events.schemas.schema import EventSchema, read_schema


@dataclass
class Checked:
    """One version that is not published yet: what is against it, and what it would have refused.

    `after`: the version that judges now, None if there is none. `problems` are of the file itself.
    """

    event_type: str
    version: int
    path: Path
    mode: str
    after: int | None
    problems: list[str] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)
    history: History | None = None

    @property
    def against(self) -> list[str]:
        """Everything for which it cannot be published, loosened properties included."""
        return [
            *self.problems,
            *(f"breaks version {self.after}: {one}" for one in self.refusals.breaks),
            *self.refusals.lost,
            *self.refusals.loosened,
        ]


def check_event_types(home: Path, event_type: str | None = None) -> tuple[Registry, list[Checked]]:
    """The registry, and each version that is not published, of one type or of all.

    Raises EventTypeError if there is no such type.
    """
    registry = read_registry()
    names = sorted(registry.versions) if event_type is None else [event_type]
    for name in names:
        if name not in registry.versions:
            known = ", ".join(sorted(registry.versions)) or "none yet"
            raise EventTypeError(
                f"There is no schema of {name} in {registry.folder} (there are: {known}). Write "
                f"one: meterhouse event-type new {name}"
            )
    return registry, [
        check_version(registry, home, name, number)
        for name in names
        for number in sorted(registry.versions[name])
        if (name, number) not in registry.published and not _is_blamed(registry, name, number)
    ]


def check_version(registry: Registry, home: Path, event_type: str, version: int) -> Checked:
    """Look at one version that has a file and is not published."""
    path, newest = registry.versions[event_type][version], registry.newest(event_type)
    found = Checked(event_type, version, path, registry.mode(event_type), newest)
    text = path.read_bytes()
    schema, problems = read_schema(text)
    found.problems = [
        f"{path}: {one.keyword}: {one.sentence}" if one.keyword else f"{path}: {one.sentence}"
        for one in problems
    ]
    if newest is not None and version < newest:
        found.problems.append(
            f"{path}: version {newest} is published, and a version below it would judge nothing. "
            f"Rename it to a number above {newest}, or delete it."
        )
    if schema is not None:
        older = _schema_of(registry, event_type, newest)
        found.refusals = compare(older, schema, read_properties(event_type))
        candidate = Published(event_type, version, found.mode, text, schema)
        found.history = judged_history(home, candidate)
    return found


def publish(home: Path, event_type: str, version: int, reason: str | None) -> Checked:
    """Publish a version, whole or not at all, and hand it to the data directory.

    `reason`: why a property that a metric reads is loosened all the same; it is recorded. Raises
    EventTypeError with everything that is against it.
    """
    registry = read_registry()
    if not registry.folder.is_dir():
        raise EventTypeError(f"There is no folder {registry.folder}: meterhouse event-type new")
    with folder_held(registry.folder):
        registry = read_registry()
        if registry.problems:
            raise EventTypeError("\n".join(registry.problems))
        check_frozen(home, registry)
        if version not in registry.versions.get(event_type, {}):
            raise EventTypeError(
                f"There is no version {version} of {event_type} in {registry.folder}. Write it: "
                f"meterhouse event-type new {event_type}"
            )
        if (event_type, version) in registry.published:
            raise EventTypeError(f"{event_type} version {version} is published already.")
        found = check_version(registry, home, event_type, version)
        against = [one for one in found.against if one not in found.refusals.loosened or not reason]
        if against:
            advice = (
                "\nWhat is only loosened may be published with --reason TEXT, which is recorded."
                if found.refusals.loosened and against == found.refusals.loosened
                else ""
            )
            lines = "\n".join(f"- {one}" for one in against)
            raise EventTypeError(
                f"Version {version} of {event_type} was not published:\n{lines}{advice}"
            )
        used = (reason or "") if found.refusals.loosened else ""
        record(registry, event_type, version, used)
    hand_over(home)
    return found


def _schema_of(registry: Registry, event_type: str, version: int | None) -> EventSchema | None:
    if version is None:
        return None
    return read_schema(registry.versions[event_type][version].read_bytes())[0]


def _is_blamed(registry: Registry, event_type: str, version: int) -> bool:
    """Whether the file is of a published version that was changed: a problem of its own."""
    path = str(registry.versions[event_type][version])
    return any(problem.startswith(f"{path}: version") for problem in registry.problems)
