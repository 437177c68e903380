"""What differs between two documents of an invoice (see ledger/chain.py), for a person."""

import json
from collections.abc import Iterator

SHOWN = 5


def differences(recorded: str, rebuilt: str) -> list[str]:
    """Paths and both values, like `lines[2].amount: final 1.2500, rebuilt 1.2600`; [] if equal.

    Equal means the same bytes.
    """
    if recorded == rebuilt:
        return []
    found = list(_walk("", json.loads(recorded), json.loads(rebuilt)))
    if not found:
        return ["the same values in other bytes"]
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return found[:SHOWN] + more


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
