"""What is published goes into the data directory, and stays what it was (S-64)."""

from pathlib import Path

from meterhouse.common.settings import seeds
from meterhouse.event_types.errors import EventTypeError
from meterhouse.event_types.registry import PUBLISHED, Registry, published_types, read_registry
from raw_events.common.errors import SchemasDamaged
from raw_events.schemas.published import NAME, read_published, write_published


def hand_over(home: Path) -> None:
    """Put what is published into the data directory, where each way in finds it (S-64).

    Before anything lands. A machine without the price book leaves what is there. Raises
    EventTypeError, also where what judges there was never published here.
    """
    if seeds().is_dir():
        types = published_types()
        check_frozen(home, read_registry())
        write_published(home, types)


def check_frozen(home: Path, registry: Registry) -> None:
    """What judges in the data directory is published in the folder, as it is there (S-64).

    A lost row of published.csv would let another version 1 be published, or nothing be judged.
    Raises EventTypeError.
    """
    try:
        judging = read_published(home)
    except SchemasDamaged:
        # It is written again from what is published.
        return
    lost = []
    for name, one in sorted(judging.items()):
        found = registry.published.get((name, one.version))
        if found is None or found.sha256 != one.sha256:
            lost.append(f"- {name},{one.version},{one.sha256},")
    if lost:
        raise EventTypeError(
            f"{registry.folder / PUBLISHED} does not have what judges events in {home}, and a "
            "published version is frozen (S-64). Nothing was published or landed. Put these rows "
            "back, and the files that they are of (their text stands in "
            f"{Path(home) / NAME}):\n" + "\n".join(lost) + "\nIf these types are not to "
            f"be judged any more, or {home} belongs to another price book, remove that file."
        )
