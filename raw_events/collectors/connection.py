"""Where a source is: in a variable of the environment, for its address may have a password."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from raw_events.collectors.errors import SourceError
from raw_events.common.text import shown

# Of two names that are meant to be one.
_ALIKE = 0.6


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
