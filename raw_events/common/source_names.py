"""The names of sources, one rule for every way in: the log has them beside each event (S-60)."""

import json
import re
from collections.abc import Collection
from pathlib import Path

from raw_events.common.text import shown

# It names a folder and files too.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# What events get as source that come by no token, collector or --source; and the name of a file
# that stands beside the folders of sources.
OTHER_WAYS = ("files", "http", "inbox", "replay", "retraction", "landing.json")
TOKENS = "tokens.json"


def fault_of(name: str, but: Collection[str] = ()) -> str | None:
    """Why a source cannot have this name, in a sentence; None if it can. `but` are allowed."""
    if not _NAME.fullmatch(name):
        return (
            f"{shown(name)} is no name of a source. It has 1 to 64 letters a-z or A-Z, digits "
            "and . _ - and begins with a letter or digit; it names a folder too."
        )
    if name in OTHER_WAYS and name not in but:
        return (
            f"{name} is the source of events that come another way; choose another name, so that "
            "whoever reads it in the log knows where an event is from."
        )
    return None


def sources_of_tokens(home: Path) -> set[str]:
    """The sources for which a token may send events now; none if the file cannot be read.

    The file is that of meterhouse.server.tokens, which says what is wrong with it.
    """
    try:
        tokens = json.loads((Path(home) / TOKENS).read_bytes())["tokens"]
        return {it["source"] for it in tokens if it["may_ingest"] and not it["revoked_at"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
