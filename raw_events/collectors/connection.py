"""Where a source is: in a variable of the environment, for its address may have a password."""

import os

from raw_events.collectors.errors import SourceError


def address(collector: str, variable: str, example: str) -> str:
    """The value of a variable. SourceError if it is not set; `example` says what it looks like."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise SourceError(
            f"{collector}: the environment variable {variable} is not set. It says where the "
            f"source is, such as {example}."
        )
    return value
