"""What tells the rows of a query apart, so that an order of them can be total (S-4)."""

from collections.abc import Iterable, Iterator

from meterhouse.metrics.allowed.functions import AGGREGATES
from meterhouse.metrics.allowed.names import given_name, leaves_out, own_column
from meterhouse.metrics.allowed.relation import BOOK, Relation
from meterhouse.metrics.allowed.tree import Node, arguments, own_expressions


def kept_keys(node: Node, source: Relation) -> tuple[frozenset[str], ...]:
    """The keys of a select that does not group: those that come through, and what is distinct."""
    items = node["select_list"]
    found = [key for key in source.keys if all(passes(one, items, source) for one in key)]
    if repeats(items):
        found = []
    stars = any(item.get("class") == "STAR" for item in items)
    if is_distinct(node) and not stars and len(item_names(items)) == len(items):
        found.append(item_names(items))
    return tuple(found)


def group_keys(node: Node, source: Relation) -> tuple[frozenset[str], ...]:
    """The key of a select that groups; none if something it groups by is not shown as it is."""
    by = list(grouped_items(node))
    names = item_names(by)
    if repeats(node["select_list"]) and node["aggregate_handling"] != "FORCE_AGGREGATES":
        return ()
    if not all(map(given_name, by)) or not all(is_group(one, node, source) for one in names):
        return ()
    # A run computes a window with one price book.
    same = {*source.ties, *(BOOK if source.is_events else ())}
    return (names - same,)


def repeats(items: list[Node]) -> bool:
    """Whether a select gives a row several times, once per number of a series."""
    return any(str(node.get("function_name")).lower() == "unnest" for node in all_parts(items))


def all_parts(items: Iterable[Node | None]) -> Iterator[Node]:
    """Every part of some expressions, those of queries inside them left out."""
    for item in items:
        yield from own_expressions(item)


def aggregates(item: Node | None) -> bool:
    """Whether an item of a select is computed from many rows of a group."""
    if not item:
        return False
    if item.get("class") == "WINDOW":
        return any(map(aggregates, arguments(item)))
    if item.get("class") == "SUBQUERY":
        # Its own aggregates are of its own rows.
        return aggregates(item.get("child"))
    if item.get("class") == "FUNCTION" and item["function_name"].lower() in AGGREGATES:
        return True
    parts = [
        part for value in item.values() for part in (value if isinstance(value, list) else [value])
    ]
    return any(aggregates(part) for part in parts if isinstance(part, dict) and part is not item)


def item_names(items: list[Node]) -> frozenset[str]:
    """What the items are called, those without a name left out."""
    return frozenset(name for item in items if (name := given_name(item)))


def grouped_items(node: Node) -> Iterator[Node]:
    """What a select groups by: its items, or expressions that are none of them."""
    items = node["select_list"]
    if node["aggregate_handling"] == "FORCE_AGGREGATES":
        yield from (item for item in items if not aggregates(item))
        return
    for one in node["group_expressions"]:
        literal = one.get("literal") or {}
        if one.get("class") == "CONSTANT" and literal.get("kind") == "INTEGER":
            yield from items[max(0, int(literal["text"]) - 1) : int(literal["text"])]
        else:
            yield one


def is_group(name: str, node: Node, source: Relation) -> bool:
    """Whether the column `name` of a grouped select is what it groups by, and nothing else."""
    given = [item for item in node["select_list"] if given_name(item) == name]
    if node["aggregate_handling"] == "FORCE_AGGREGATES":
        return len(given) == 1
    by = [one for one in grouped_items(node) if given_name(one) == name]
    # By its name alone it could be a column of the source that the select gives another meaning.
    return len(given) == 1 and (
        by[0] is given[0]
        or given[0].get("column_names") == by[0].get("column_names")
        or own_column(by[0], source.aliases) == own_column(given[0], source.aliases) == name
    )


def passes(name: str, items: list[Node], source: Relation) -> bool:
    """Whether a column of the source comes through under its own name."""
    stars = [item for item in items if item.get("class") == "STAR"]
    by_star = any(name not in set.union(*leaves_out(star)) for star in stars)
    by_name = any(given_name(item) == name for item in items)
    return (by_star or by_name) and unchanged(name, items, source)


def unchanged(name: str, items: list[Node], source: Relation) -> bool:
    """Whether nothing else is put under a name of the source."""
    return all(
        own_column(item, source.aliases) == name for item in items if given_name(item) == name
    ) and not any(name in leaves_out(item)[0] for item in items if item.get("class") == "STAR")


def ordered_by(node: Node) -> list[Node]:
    """What arg_max() and its like go by: the columns in row(…), or one."""
    by = arguments(node)[1:2]
    is_row = bool(by) and str(by[0].get("function_name", "")).lower() == "row"
    return arguments(by[0]) if is_row else by


def is_distinct(node: Node) -> bool:
    """Whether a select gives each row once."""
    return any(one["type"] == "DISTINCT_MODIFIER" for one in node.get("modifiers") or [])
