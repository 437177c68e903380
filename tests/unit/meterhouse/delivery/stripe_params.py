"""What a call of Stripe's library may have, how it is sent, and how answers look."""

import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args, get_type_hints

import stripe

Found = tuple[int, dict[str, Any]]
OPTIONS = {"api_key", "idempotency_key", "stripe_account", "stripe_version", "content_type",
           "headers", "max_network_retries", "stripe_context"}  # fmt: skip


def error(status: int, kind: str, message: str) -> Found:
    """An error as Stripe words it."""
    return status, {"error": {"type": kind, "message": message}}


def page(rows: list[dict[str, Any]], given: dict[str, Any], url: str) -> Found:
    """A page of a list, which goes on after `starting_after`."""
    ids = [row["id"] for row in rows]
    after = given.get("starting_after")
    begin = ids.index(after) + 1 if after else 0
    end = begin + int(given.get("limit", 10))
    return 200, {"object": "list", "url": url, "data": rows[begin:end], "has_more": end < len(rows)}


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Form fields as a tree: metadata[a]=1 → {"metadata": {"a": "1"}}."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = re.findall(r"[^\[\]]+", name)
        place = found
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return found


@cache
def hints_of(accepted: Any) -> dict[str, Any]:
    """The types of typed parameters; one name in them is known to type checkers alone."""
    options = vars(sys.modules[stripe.RequestOptions.__module__])
    scope = {**options, "StripeContext": stripe.StripeContext}
    return get_type_hints(accepted, vars(sys.modules[accepted.__module__]), scope)


def faults_of(given: Mapping[str, Any], accepted: Any) -> str | None:
    """What of the parameters the library's typed ones do not have."""
    hints = hints_of(accepted)
    for name, value in given.items():
        if name in OPTIONS or name not in hints:
            return f"unknown parameter {name}"
        kinds = {hints[name], *get_args(hints[name])}
        inner = [kind for kind in kinds if hasattr(kind, "__total__")]
        if isinstance(value, dict) and inner:
            # A list has its places for names.
            parts = value.values() if all(key.isdigit() for key in value) else [value]
            wrong = next(filter(None, (faults_of(part, inner[0]) for part in parts)), None)
            if wrong:
                return f"{name}: {wrong}"
        if int in kinds and not isinstance(value, dict) and not re.fullmatch("-?[0-9]+", value):
            return f"{name} is no whole number"
        if bool in kinds and value not in ("true", "false"):
            return f"{name} is neither true nor false"
    missing = getattr(accepted, "__required_keys__", frozenset()) - given.keys() - OPTIONS
    return f"missing {sorted(missing)}" if missing else None
