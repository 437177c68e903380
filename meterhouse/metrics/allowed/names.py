"""What the names in an expression stand for: columns of one table, never whole rows or structs.

A row as a value has fields named like columns, so that `s.contract_id` would look like a window's.
"""

from collections.abc import Iterable, Iterator

from meterhouse.metrics.allowed.template import EVENTS
from meterhouse.metrics.allowed.tree import Node, own_expressions, within

# What billable_events() is made of, once dbt has filled it in.
HOUSE = {("calendar", "due_window_days"), ("calendar", "due_windows"), ("events", "events")}
WHOLE_ROW = "takes a whole row as a value with {what}; name its columns as `<table>.<column>`."


def table_names(tree: object) -> Iterator[str]:
    """The names that tables have anywhere in a query, in lower case."""
    if isinstance(tree, list):
        for item in tree:
            yield from table_names(item)
    elif isinstance(tree, dict):
        if "column_name_alias" in tree and tree.get("type") != "TABLE_FUNCTION":
            yield str(tree.get("alias") or tree.get("table_name") or "").lower()
        is_events = tree.get("type") == "SUBQUERY" and tree.get("alias") == EVENTS
        if not (is_events and is_house(tree["subquery"]["node"])):
            for part in tree.values():
                yield from table_names(part)


def is_house(inner: Node) -> bool:
    """Whether a query is what billable_events() was filled in with: the house's tables alone."""
    tables = [node for node in within(inner) if node.get("type") == "BASE_TABLE"]
    names = {tuple(node["qualified_name"]["path"][-2:]) for node in tables}
    return bool(names) and names <= HOUSE


def row_problems(
    tree: Node, tables: frozenset[str], series: frozenset[str], known: frozenset[str]
) -> Iterator[str]:
    """What of an expression's names is a row; `known` are columns that its tables surely have."""
    for node in own_expressions(tree):
        if node.get("class") == "STAR" and node is not tree:
            yield WHOLE_ROW.format(what="* inside an expression")
        elif node.get("class") == "COLUMN_REF":
            path = [str(part).lower() for part in node["column_names"]]
            is_column = len(path) == 1 and (path[0] in known or path[0] not in tables)
            if not is_column and (len(path) != 2 or path[0] not in tables | series):
                yield WHOLE_ROW.format(what=".".join(path))


def series_names(tree: object) -> Iterator[str]:
    """The names of series in `from`, whose rows are a number or an instant each."""
    for node in within(tree):
        if node.get("type") == "TABLE_FUNCTION":
            yield str(node.get("alias") or node["function"].get("function_name") or "").lower()


def own_column(node: Node | None, aliases: frozenset[str]) -> str | None:
    """The name of a column of the tables in `aliases`, or of one that stands without its table."""
    if not node or node.get("class") != "COLUMN_REF":
        return None
    path = [str(part).lower() for part in node["column_names"]]
    return path[-1] if len(path) == 1 or (len(path) == 2 and path[0] in aliases) else None


def own_columns(nodes: Iterable[Node], aliases: frozenset[str]) -> set[str]:
    """The columns among some expressions; what is computed from a column is none."""
    return {name for node in nodes if (name := own_column(node, aliases))}


def given_name(item: Node) -> str | None:
    """What an item of a `select` is called."""
    path = item.get("column_names") or [""]
    return (item.get("alias") or "").lower() or str(path[-1]).lower() or None


def leaves_out(star: Node) -> tuple[set[str], set[str]]:
    """The columns that a star computes anew, and those that it leaves out."""
    changed = {str(part.get("key")).lower() for part in star["replace_list"]}
    parts = [*star["exclude_list"], *(star.get("qualified_exclude_list") or [])]
    return changed, {name for part in parts for name in _last_names(part)}


def _last_names(part: object) -> Iterator[str]:
    if isinstance(part, list) and part:
        yield from _last_names(part[-1])
    elif isinstance(part, dict):
        for value in part.values():
            yield from _last_names(value)
    elif isinstance(part, str):
        yield part.lower()
