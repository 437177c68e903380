"""Text of others on its way to people: what a terminal would obey is shown, never sent.

Ids, names, file names and messages come from outside. A control character in them moves the cursor,
hides a line or turns the order of letters round, so whoever reads a name must see that it is there.
Everything that people read goes through this module (docs/decisions/0201-text-of-others.md).
"""

import os
import re
import unicodedata
from collections.abc import Iterable

# Controls, format characters (bidi, zero-width, tags), lone surrogates, line and paragraph
# separators, and what Unicode has not assigned or left to private use.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = re.compile(r"[ -~]*")
# Of variables of the environment: their values are said nowhere.
_SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|(^|_)KEY$|DSN",
    re.IGNORECASE,
)
# A short value would be found everywhere.
_LEAST_SECRET = 8
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/@:]*):([^\s/@]+)@")
HIDDEN = "***"


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


def without_secrets(text: str) -> str:
    """Without passwords of URLs, and without the values of variables that are named as secrets."""
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    for secret in _secrets(os.environ.items()):
        text = text.replace(secret, HIDDEN)
    return text


def is_text(name: str) -> bool:
    """Whether a name of the file system is UTF-8; Python has its other bytes as lone surrogates."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _secrets(variables: Iterable[tuple[str, str]]) -> list[str]:
    found = set()
    for name, value in variables:
        if _SECRET_NAME.search(name) and len(value) >= _LEAST_SECRET:
            found.add(value)
        if "://" in value:
            passwords = (match[2] for match in _URL_PASSWORD.finditer(value))
            found |= {each for each in passwords if len(each) >= _LEAST_SECRET}
    # The longest first: one may be a part of another.
    return sorted(found, key=lambda value: (-len(value), value))


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
