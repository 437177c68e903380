"""May a new version of a schema follow an older one, and does it keep what metrics read? (S-64)

It may not turn away what the older one takes: who sends by that one goes on to send. And of what a
published metric reads it may drop, retype and loosen nothing: an invoice stands on that number.
What the older version does not name the new one may declare; the events of the last 34 days tell
whether somebody sends it otherwise (history.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from meterhouse.event_types.read_by_metrics import Reading
from raw_events.schemas.declared import PropertySchema
from raw_events.schemas.schema import EventSchema


@dataclass
class Refusals:
    """Sentences: what breaks the older version, what metrics lose, and what is only loosened."""

    breaks: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    loosened: list[str] = field(default_factory=list)


def compare(
    older: EventSchema | None, newer: EventSchema, readings: dict[str, Reading]
) -> Refusals:
    """What keeps `newer` from being published after `older`; None: it is the first one."""
    found = Refusals()
    if older is not None:
        found.breaks += _breaks(older, newer)
    for name, reading in sorted(readings.items()):
        by = f"{name}: {', '.join(reading.metrics)} reads it"
        before = older.by_name.get(name) if older else None
        after = newer.by_name.get(name)
        for sentence in _lost(before, after, newer, reading):
            found.lost.append(f"{by}, and this version {sentence}")
        if before and after:
            for sentence in _loosened(before, after):
                found.loosened.append(f"{by}, and this version loosens it: {sentence}")
    return found


def _breaks(older: EventSchema, newer: EventSchema) -> Iterator[str]:
    if older.takes_others and not newer.takes_others:
        yield "additionalProperties: it is false now, and events with others were taken"
    if not newer.takes_others:
        for one in older.properties:
            if one.name not in newer.by_name:
                yield f"{one.name}: it is not declared any more, and others are refused"
    for after in newer.properties:
        before = older.by_name.get(after.name)
        if after.is_required and not (before and before.is_required):
            yield f"{after.name}: it is required now, and events without it were taken"
        if before is not None:
            yield from (f"{after.name}: {sentence}" for sentence in _tightened(before, after))


def _tightened(before: PropertySchema, after: PropertySchema) -> Iterator[str]:
    """What `before` takes and `after` does not."""
    if not _covers(after, before):
        yield f"its type is {_types(after)} now, and was {_types(before)}"
    # A text that is a number stays one only where text is not asked for too.
    read = (before.reads_numbers, before.reads_booleans)
    stays = (after.reads_numbers, after.reads_booleans)
    has_rules = after.enum is not None or after.pattern is not None
    has_rules |= after.min_length is not None or after.max_length is not None
    if any(was and not is_now for was, is_now in zip(read, stays, strict=True)) and has_rules:
        yield "texts that are numbers, true or false were read as these, and are texts now"
    if after.enum is not None and not (
        before.enum is not None and set(before.enum) <= set(after.enum)
    ):
        yield "its enum lists fewer values" if before.enum is not None else "it has an enum now"
    for keyword, was, now in _bounds(before, after):
        if now is not None and (was is None or now > was):
            yield f"its {keyword} takes less than before"
    if after.pattern is not None and after.pattern != before.pattern:
        yield "its pattern is another one, and nobody can tell that it takes all that was taken"


def _loosened(before: PropertySchema, after: PropertySchema) -> Iterator[str]:
    """What `after` takes and `before` does not."""
    if _covers(after, before) and not _covers(before, after):
        yield f"its type is {_types(after)}, and was {_types(before)}"
    if before.is_required and not after.is_required:
        yield "it is not required any more"
    if before.enum is not None and not (
        after.enum is not None and set(after.enum) <= set(before.enum)
    ):
        yield "its enum lists more values" if after.enum is not None else "its enum is gone"
    for keyword, was, now in _bounds(before, after):
        if was is not None and (now is None or now < was):
            yield f"its {keyword} takes more than before"
    if before.pattern is not None and after.pattern != before.pattern:
        yield "its pattern is another one" if after.pattern is not None else "its pattern is gone"


def _lost(
    before: PropertySchema | None,
    after: PropertySchema | None,
    newer: EventSchema,
    reading: Reading,
) -> Iterator[str]:
    if after is None:
        if not newer.takes_others:
            yield "drops it: it is not declared, and others are refused"
        elif before is not None:
            yield "drops it: it is not declared any more"
        return
    if reading.as_number and after.types and not {"number", "integer", "string"} & {*after.types}:
        yield f"has no number there: its type is {_types(after)}"
    elif before and not _covers(after, before) and not _covers(before, after):
        yield f"retypes it: its type is {_types(after)}, and was {_types(before)}"


def _covers(wide: PropertySchema, narrow: PropertySchema) -> bool:
    """Whether `wide` takes every type that `narrow` takes."""
    if not wide.types:
        return True
    if not narrow.types:
        return False
    taken = {*wide.types, *(["integer"] if "number" in wide.types else [])}
    return set(narrow.types) <= taken


def _bounds(
    before: PropertySchema, after: PropertySchema
) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
    """(Keyword, before, after) of each bound, so that a greater one takes less."""
    yield "minimum", before.minimum, after.minimum
    yield "maximum", _negative(before.maximum), _negative(after.maximum)
    yield "minLength", _decimal(before.min_length), _decimal(after.min_length)
    was, now = (_negative(_decimal(one.max_length)) for one in (before, after))
    yield "maxLength", was, now


def _decimal(length: int | None) -> Decimal | None:
    return None if length is None else Decimal(length)


def _negative(bound: Decimal | None) -> Decimal | None:
    # Not -bound, which rounds to 28 digits.
    return None if bound is None else bound.copy_negate()


def _types(one: PropertySchema) -> str:
    return " or ".join(one.types) or "any"
