"""Lines that are beyond doubt events to take, written as one system writes all of its lines.

A plain line has the keys of an event in the order and with the spaces of a sample, its properties
last, no escape in any text, flat properties and an instant in UTC. numpy finds its quotes, and what
stands between them is compared with the sample. Every rule of S-5 and S-6 holds for such a line.
Nothing is said of other lines: they go on to validation.lines.
"""

import re
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.parallel_map import parallel_map
from raw_events.validation.event import (
    MAX_IDENTITY_CHARACTERS,
    MAX_PROPERTIES_BYTES,
    REQUIRED_FIELDS,
)
from raw_events.validation.fast_path.instants import plain_instants
from raw_events.validation.fast_path.properties import Strings, plain_properties
from raw_events.validation.grammar import SPACE
from raw_events.validation.rules import VALIDATED_SCHEMA
from raw_events.validation.words import PADDING, Flags, Places, Text

# What is looked at in one go: what is worked out of so much stays in the processor's cache.
_PART_BYTES = 2 * 1024 * 1024
# How many lines are looked at for a sample.
_SAMPLES = 10
_KEY = rf'{SPACE}"(?:{"|".join(REQUIRED_FIELDS)})"{SPACE}:{SPACE}"'
_FRAME = re.compile(
    rf'(\{{{_KEY})[^"]*("{SPACE},{_KEY})[^"]*("{SPACE},{_KEY})[^"]*("{SPACE},{_KEY})[^"]*'
    rf'("{SPACE},{SPACE}"properties"{SPACE}:{SPACE}\{{)"'.encode()
)
_NAME = re.compile(rb"[a-z_]+")
# Before the first quote inside the properties, and with those of one key at least.
_FRAME_QUOTES, _LEAST_QUOTES = 18, 20


def plain_lines(
    data: bytes, starts: Places, ends: Places, is_text: Flags, as_of: datetime | None
) -> pa.Table:
    """The one door of the fast path: the lines that were taken, in order.

    The n lines of `data` are from `starts` to `ends`, where their line feeds are (int64, (n,));
    `is_text` (bool, (n,)) has those that are UTF-8 and not too large. Columns as of
    rules.validate_fields; line_number is a line's index, 0 to n - 1. Raises nothing: a line in
    doubt is left out.
    """
    frame = _frame(data, starts, ends)
    if not frame:
        return VALIDATED_SCHEMA.empty_table()

    def validate(part: slice) -> pa.Table:
        first, last = int(starts[part.start]), int(ends[part][-1])
        text, stretch = Text(data[first : last + 1]), (starts[part] - first, ends[part] - first)
        events = _plain_part(text, frame, *stretch, is_text[part], as_of)
        numbers = pc.add(events["line_number"], part.start)
        return events.set_column(0, VALIDATED_SCHEMA.field(0), numbers)

    return pa.concat_tables(
        [VALIDATED_SCHEMA.empty_table(), *parallel_map(validate, _parts(starts, ends))]
    )


def _parts(starts: Places, ends: Places) -> list[slice]:
    """The lines in parts of _PART_BYTES; a longer line is a part of its own."""
    parts: list[slice] = []
    begin = 0
    while begin < len(starts):
        behind = int(np.searchsorted(ends, starts[begin] + _PART_BYTES, "right"))
        parts.append(slice(begin, max(behind, begin + 1)))
        begin = parts[-1].stop
    return parts


def _plain_part(
    text: Text,
    frame: list[bytes],
    starts: Places,
    ends: Places,
    is_text: Flags,
    as_of: datetime | None,
) -> pa.Table:
    stops = ends - ((text.bytes[ends - 1] == ord("\r")) & (ends > starts))
    quotes = np.flatnonzero(text.bytes == ord('"'))
    first = np.searchsorted(quotes, starts)
    counts = np.diff(first, append=len(quotes))
    is_fit = is_text & (counts >= _LEAST_QUOTES) & (counts % 2 == 0)
    is_fit &= text.bytes[stops - 1] == ord("}")
    is_fit[_with_escapes(text, stops, ends)] = False

    lines = np.flatnonzero(is_fit)
    first, counts = first[lines] + _FRAME_QUOTES, counts[lines] - _FRAME_QUOTES
    places, is_fit = _framed(text, frame, starts[lines], stops[lines], quotes, first)
    lines, places = lines[is_fit], {name: place[:, is_fit] for name, place in places.items()}
    first, counts = first[is_fit], counts[is_fit]

    instants, is_fit = plain_instants(text, places["timestamp"][0], places["timestamp"][1], as_of)
    if len(lines):
        strings = Strings.between(quotes, first, counts, places["properties"][1])
        is_fit &= plain_properties(text, strings, len(lines))
    columns = {
        name: text.slices(*place[:, is_fit])
        for name, place in places.items()
        if name in VALIDATED_SCHEMA.names
    }
    columns |= {"line_number": pa.array(lines[is_fit]), "instant": pa.array(instants[is_fit])}
    nothing = pa.nulls(len(columns["instant"]), pa.string())
    ordered = [columns.get(name, nothing) for name in VALIDATED_SCHEMA.names]
    return pa.table(ordered, schema=VALIDATED_SCHEMA)


def _frame(data: bytes, starts: Places, ends: Places) -> list[bytes] | None:
    """What stands in a line before each of the four values, and before the properties.

    Each piece is what JSON allows there, whatever the line is that it was found in.
    """
    for start, end in zip(starts[:_SAMPLES].tolist(), ends[:_SAMPLES].tolist(), strict=False):
        found = _FRAME.match(data[start:end])
        if found:
            pieces = list(found.groups())
            is_complete = len({_name(piece) for piece in pieces}) == len(pieces)
            if is_complete and max(map(len, pieces)) <= PADDING:
                return pieces
    return None


def _name(piece: bytes) -> str:
    # _FRAME has found the name in it.
    name: bytes = _NAME.findall(piece)[0]
    return name.decode()


def _with_escapes(text: Text, stops: Places, ends: Places) -> Places:
    """The lines with a backslash or a control character; a line ending is none."""
    is_escape = (text.bytes < ord(" ")) | (text.bytes == ord("\\"))
    # Behind the text are control characters too.
    if np.count_nonzero(is_escape) == len(ends) + len(text.bytes) - int(ends[-1]) - 1:
        return np.zeros(0, np.int64)
    places = np.flatnonzero(is_escape[: ends[-1]])
    lines = np.searchsorted(ends, places)
    return lines[places < stops[lines]]


def _framed(
    text: Text,
    frame: list[bytes],
    starts: Places,
    stops: Places,
    quotes: Places,
    first: Places,
) -> tuple[dict[str, Places], Flags]:
    """(Field → from where to where its value is, (2, n); in which of the n lines that is so, (n,).)

    Number `first` of the quotes is to be the first one inside the properties.
    """
    places: dict[str, Places] = {}
    is_fit: Flags = np.ones(len(starts), bool)
    at = starts
    for number, piece in enumerate(frame):
        is_fit &= text.has(at, piece)
        begin, name = at + len(piece), _name(piece)
        if name == "properties":
            begin, at = begin - 1, stops - 1
            # Nothing between the brace and the first key.
            is_fit &= (quotes[first] == begin + 1) & (at - begin <= MAX_PROPERTIES_BYTES)
        else:
            at = quotes[first - _FRAME_QUOTES + 4 * number + 3]
            if name != "timestamp":
                # Bytes: a text with more of them, which may fit, is looked at again.
                is_fit &= (at > begin) & (at - begin <= MAX_IDENTITY_CHARACTERS)
        places[name] = np.stack((begin, at))
    return places, is_fit
