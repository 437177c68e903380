"""Expressions of a metric's SQL: known functions, types and kinds of nodes."""

from collections.abc import Callable, Iterator

from meterhouse.metrics.allowed.functions import (
    FLOATS,
    KNOWN,
    NOT_COLUMNS,
    SERIES,
    TYPES,
    refused,
)
from meterhouse.metrics.allowed.tree import (
    Node,
    arguments,
    column,
    is_constant,
    own_expressions,
    within,
)

CLASSES = {
    *("COLUMN_REF", "CONSTANT", "FUNCTION", "CAST", "TYPE", "CASE", "COMPARISON", "CONJUNCTION"),
    *("BETWEEN", "OPERATOR", "STAR", "WINDOW", "SUBQUERY"),
}
LONGEST_SERIES = 100_000
# Parts of an instant that are whole numbers.
WHOLE_PARTS = {
    *("year", "month", "day", "hour", "minute", "second", "quarter", "week", "isoyear", "decade"),
    *("dow", "dayofweek", "isodow", "doy", "dayofyear", "yearweek", "microseconds", "century"),
    *("milliseconds", "millennium", "weekday", "weekofyear"),
}
STEPS = {"to_hours", "to_days", "to_weeks", "to_months", "to_years", "to_quarters"}


def expression_problems(
    tree: Node, known: frozenset[str], is_day: Callable[[Node], bool]
) -> Iterator[str]:
    """What of an expression is not allowed; `known` are macros that stand for themselves.

    `is_day` says whether a column is a day of the window that the row is of.
    """
    if tree.get("class") == "FUNCTION" and _is_interval(tree):
        return
    yield from _of_node(tree, known, is_day)
    skipped = {"subquery", "qualified_name"}
    for name, part in tree.items():
        if name not in skipped:
            yield from _inside(part, known, is_day)


def _inside(part: object, known: frozenset[str], is_day: Callable[[Node], bool]) -> Iterator[str]:
    if isinstance(part, dict):
        yield from expression_problems(part, known, is_day)
    elif isinstance(part, list):
        for item in part:
            yield from _inside(item, known, is_day)


def _of_node(node: Node, known: frozenset[str], is_day: Callable[[Node], bool]) -> Iterator[str]:
    kind = node.get("class")
    if kind is None:
        return
    if kind not in CLASSES:
        yield f"has a {str(kind).lower().replace('_', ' ')}, which a metric may not."
    elif kind in ("FUNCTION", "WINDOW"):
        yield from _of_function(node, known, is_day)
    elif kind == "COLUMN_REF":
        # Written without parentheses, the clock looks like a column.
        if column(node) in NOT_COLUMNS:
            yield refused(column(node) or "")
    elif kind == "CONSTANT":
        written = node.get("literal") or {}
        text = str(written.get("text", "")).lower()
        if written.get("kind") == "NUMERIC" and ("e" in text or len(text) > 38):
            yield f"has the number {text}, which DuckDB takes as floating point (S-18)."
    elif kind == "TYPE":
        path = [str(name).lower() for name in node["qualified_name"]["path"]]
        if path[-1] in FLOATS:
            yield f"casts to {path[-1]}, which is floating point; use decimals (S-18)."
        elif len(path) > 1 or path[-1] not in TYPES:
            yield f"casts to {'.'.join(path)}, which is none of the types that a metric may use."
    elif kind == "STAR" and (node.get("columns") or node.get("expr") or node.get("rename_list")):
        yield "selects columns by a pattern; name them."


def _of_function(
    node: Node, known: frozenset[str], is_day: Callable[[Node], bool]
) -> Iterator[str]:
    name = str(node["function_name"]).lower()
    if node.get("schema") or node.get("catalog") or len(node["qualified_name"]["path"]) > 1:
        yield f"calls {'.'.join(node['qualified_name']['path'])}, a function of a schema."
    elif name in SERIES:
        yield from series_problems(node, is_day)
    elif name not in KNOWN and name not in known:
        yield refused(name)
    elif name in ("date_part", "datepart"):
        asked = arguments(node)[:1]
        text = ((asked[0].get("literal") or {}).get("text") if asked else None) or ""
        if str(text).lower() not in WHOLE_PARTS:
            yield "takes a part of an instant that is no whole number; use epoch_us() (S-18)."


def series_problems(node: Node, is_day: Callable[[Node], bool]) -> Iterator[str]:
    """A series must have bounds: of constants, or the days or hours of a window.

    A column may be called window_start and be another's: `is_day` tells.
    """
    name = str(node["function_name"]).lower()
    given = arguments(node)
    if any(part.get("class") == "SUBQUERY" for part in within(given)):
        yield f"has a query inside {name}(), which could read other customers' events."
        return
    if name == "unnest":
        inner = given[0] if given else {}
        named = str(inner.get("function_name", "")).lower()
        if inner.get("class") != "FUNCTION" or named not in SERIES - {"unnest"} or len(given) > 1:
            yield "uses unnest() on something else than range() or generate_series()."
        else:
            yield from series_problems(inner, is_day)
        return
    step = given[2] if len(given) > 2 else None
    if all(map(is_constant, given)):
        sizes = [_whole(argument) for argument in given]
        bounds = [0, *sizes] if len(sizes) == 1 else sizes
        known = [size for size in bounds if size is not None]
        if len(known) == len(bounds) and len(bounds) in (2, 3):
            width = known[2] if len(known) == 3 else 1
            if width and abs(known[1] - known[0]) // abs(width) < LONGEST_SERIES:
                return
    elif (
        all(is_day(part) for part in own_expressions(given[:2]) if column(part))
        and step is not None
        and step.get("class") == "FUNCTION"
        and step["function_name"] in STEPS
        and is_constant(step)
        and _only_days(given[:2])
    ):
        return
    yield (
        f"uses {name}() without bounds that can be seen: whole numbers in the text, at most "
        f"{LONGEST_SERIES:,} apart, or window_start and window_end with a step of hours or days."
    )


def _only_days(bounds: list[Node]) -> bool:
    parts = list(within(bounds))
    functions = {node["function_name"] for node in parts if "function_name" in node}
    numbers = [_whole(node) for node in parts if node.get("class") == "CONSTANT"]
    return functions <= {"+", "-"} and all(size is not None and size < 1000 for size in numbers)


def _whole(node: Node) -> int | None:
    if node.get("class") == "FUNCTION" and node["function_name"] == "-":
        inner = [_whole(argument) for argument in arguments(node)]
        return -inner[0] if len(inner) == 1 and inner[0] is not None else None
    written = node.get("literal") or {}
    if node.get("class") == "CONSTANT" and written.get("kind") == "INTEGER":
        return int(written["text"])
    return None


def _is_interval(node: Node) -> bool:
    """`interval 1 day`, which the parser writes as to_days(trunc(1::double)::integer)."""
    return (
        str(node["function_name"]).startswith("to_")
        and is_constant(node)
        and not any(
            part.get("function_name") not in (None, node["function_name"], "trunc", "-")
            for part in within(node)
        )
    )
