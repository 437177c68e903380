"""What differs between two documents of an invoice (see ledger/chain.py), for a person."""

import json
from collections.abc import Iterator

SHOWN = 5


def differences(recorded: str, rebuilt: str) -> list[str]:
    """Paths and both values, like `lines[2].amount: final 1.2500, rebuilt 1.2600`; [] if equal.

    Equal means the same bytes; but what an earlier release did not keep is not missed.
    """
    if recorded == rebuilt:
        return []
    before, after = json.loads(recorded), json.loads(rebuilt)
    is_older = _drop_what_was_not_kept(before, after)
    found = list(_walk("", before, after))
    if not found and is_older:
        return []
    if not found:
        return ["the same values in other bytes"]
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return found[:SHOWN] + more


def _drop_what_was_not_kept(before: object, after: object) -> bool:
    """Whether lines in arrears have a `source_id` that those of releases up to 0.1 have not."""
    dropped = False
    if not isinstance(before, dict) or not isinstance(after, dict):
        return dropped
    for old, new in zip(before.get("lines") or [], after.get("lines") or [], strict=False):
        if old.get("line_type") == "subscription" and old.get("source_id") is None:
            dropped = new.pop("source_id", None) is not None or dropped
            old.pop("source_id", None)
    return dropped


def _walk(path: str, recorded: object, rebuilt: object) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(rebuilt, dict):
        for name in sorted(recorded.keys() | rebuilt.keys()):
            yield from _walk(f"{path}.{name}".lstrip("."), recorded.get(name), rebuilt.get(name))
    elif isinstance(recorded, list) and isinstance(rebuilt, list):
        for index in range(max(len(recorded), len(rebuilt))):
            pair = (side[index] if index < len(side) else None for side in (recorded, rebuilt))
            yield from _walk(f"{path}[{index}]", *pair)
    elif recorded != rebuilt:
        yield f"{path}: final {_short(recorded)}, rebuilt {_short(rebuilt)}"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:120]}…"
