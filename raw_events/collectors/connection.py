"""Where a source is: in a variable of the environment, for its address may have a password."""

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from raw_events.collectors.errors import SourceError
from raw_events.common.text import shown

# Of two names that are meant to be one.
_ALIKE = 0.6
# An address that each reader takes apart in the same way: what is said of it has no password.
_CHARACTER = r"(?:[^@/?#\[\]\s%\\]|%(?!00)[0-9A-Fa-f]{2})*"
_URL = re.compile(rf"[A-Za-z0-9+.-]+://(?:{_CHARACTER}@)?(?:[^@\s%#]|%(?!00)[0-9A-Fa-f]{{2}})*")
_WORDS = re.compile(r"(?:\s*([a-z_]+)\s*=\s*(?:'(?:[^'\\]|\\.)*'|[^\s'\\]+)(?=\s|$))+\s*")
_WORD = re.compile(r"([a-z_]+)\s*=\s*(?:'(?:[^'\\]|\\.)*'|[^\s'\\]+)")
# Of libpq: another one may be the rest of a password with a space in it.
_NAMES = frozenset(
    """host hostaddr port dbname user password passfile connect_timeout client_encoding options
    application_name sslmode sslcert sslkey sslpassword sslrootcert sslcrl service require_auth
    channel_binding gssencmode krbsrvname target_session_attrs keepalives tcp_user_timeout
    """.split()  # noqa: SIM905
)
NOT_SAID = (
    "what the library says is not shown, for it may have a part of the password: the address "
    "cannot be taken apart beyond doubt. In a URL write each of @ : / ? # [ ] % of a user or a "
    "password as %40 %3A %2F %3F %23 %5B %5D %25; in other addresses put it into quotes"
)


def address(collector: str, variable: str, example: str) -> str:
    """The value of a variable. SourceError if it is not set; `example` says what it looks like."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise SourceError(
            f"{collector}: the environment variable {variable} is not set"
            f"{did_you_mean(variable, os.environ, ', and {} is', 0.85)}. It says where the "
            f"source is, such as {example}."
        )
    return value


def is_plain(address: str) -> bool:
    """Whether an address is beyond doubt what it looks like, so that an error of a library that
    takes it apart names no part of a password."""
    if "://" in address:
        return bool(_URL.fullmatch(address))
    if "=" in address:
        names = set(_WORD.findall(address))
        return bool(_WORDS.fullmatch(address)) and names <= _NAMES
    return "@" not in address


def given_settings(
    collector: str, prefix: str, known: Iterable[str], environment: Mapping[str, str]
) -> dict[str, str]:
    """What the variables `prefix` + a known name say, by that name.

    Raises SourceError for one that no setting has: misspelt, it would be as if it were not there.
    """
    names = sorted(known)
    found = {}
    for variable, value in sorted(environment.items()):
        name = variable.removeprefix(prefix)
        if name == variable:
            continue
        if name not in names:
            raise SourceError(unknown(collector, variable, prefix, names))
        if value.strip():
            found[name] = value.strip()
    return found


def unknown(collector: str, variable: str, prefix: str, names: Iterable[str]) -> str:
    """Says that a variable names no setting, with the nearest one that does."""
    names = sorted(names)
    near = did_you_mean(variable.removeprefix(prefix), names, f"; did you mean {prefix}{{}}?")
    return (
        f"{collector}: the variable {shown(variable)} names no setting{near or '.'} After {prefix} "
        f"may stand {', '.join(names)}."
    )


def did_you_mean(name: str, known: Iterable[str], text: str, alike: float = _ALIKE) -> str:
    """`text` with the known name that is nearest to this one; empty if none is near."""
    near = get_close_matches(name, [*known], 1, alike)
    return text.format(shown(near[0])) if near else ""
