"""Text of others on its way to people: what a terminal would obey is shown, never sent.

Ids, names, file names and messages come from outside. A control character in them moves the cursor,
hides a line or turns the order of letters round, so whoever reads a name must see that it is there.
Everything that people read goes through this module (docs/decisions/0201-text-of-others.md).
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, time

from raw_events.common.hidden import without_secrets

# Controls, format characters (bidi, zero-width, tags), lone surrogates, line and paragraph
# separators, and what Unicode has not assigned or left to private use.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = re.compile(r"[ -~]*")


def shown(text: object) -> str:
    r"""One value as people may see it, on one line: `a\x1b[31m` for an escape character.

    Letters of all scripts stay as they are; `\u202e` stands for a character without a shape.
    """
    given = str(text)
    return given if _PLAIN.fullmatch(given) else "".join(map(_visible, given))


def shown_lines(text: object) -> str:
    """A message that may have several lines: line feeds stay, secrets do not.

    Values inside it that could have line feeds of their own go through `shown` first.
    """
    given = without_secrets(str(text))
    if _PLAIN.fullmatch(given):
        return given
    return "".join(c if c == "\n" else _visible(c) for c in given)


def counted(count: int, noun: str) -> str:
    """`1 event`, `2,000 events`, `2 batches`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun}{'es' if noun.endswith(('ch', 's')) else 's'}"


def shown_row(row: Mapping[str, object]) -> str:
    """A row of a table: `order_id: 7, placed_at: 2026-01-31T00:00:00+00:00, amount: null`."""
    return ", ".join(f"{shown(name)}: {_cell(value)}" for name, value in row.items())


def _cell(value: object) -> str:
    if value is None:
        return "null"
    return value.isoformat() if isinstance(value, (date, time)) else shown(value)


def is_text(name: str) -> bool:
    """Whether a name of the file system is UTF-8; Python has its other bytes as lone surrogates."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        # A byte of a name that is not UTF-8.
        return f"\\x{code - 0xDC00:02x}"
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
