"""Where `event_seq` and `price_book` stand in a metric's SQL: bare, at few places, never computed.

One is the place of an event in the log of all customers: what others send, or a file that lands
before another, moves it, so that only which of two events came first may count (S-4, S-11). The
other is the digest of the whole book, which any customer's row changes: rows are joined by it.

So either is written as a column alone, and only
- as an item of a `select` that others read, also under another name, which then is held the same;
- in `group by`, `partition by` and `order by`, or in the order of arg_max() and its like;
- in `using`, and beside its own like: `a.event_seq < b.event_seq`, `a.price_book = b.price_book`.

Columns are told by their names, wherever in the file they stand: a name that once stands for one
of the two does so everywhere. And no other column is called event_seq or price_book.
"""

import re
from collections.abc import Callable, Iterator

from meterhouse.metrics.allowed.functions import TAKES_A_ROW
from meterhouse.metrics.allowed.names import given_name, is_house
from meterhouse.metrics.allowed.order import ordered_by
from meterhouse.metrics.allowed.relation import BOOK
from meterhouse.metrics.allowed.template import EVENTS
from meterhouse.metrics.allowed.tree import Node, column

HELD = frozenset({"event_seq", *BOOK})
BARE = (
    "uses {} as a value; event_seq, the place of an event among those of all customers, and "
    "price_book, the digest of all customers' rows, stand alone, without a function or an operator:"
    " in `order by`, `partition by`, `group by`, in the order of arg_max(), as a column of a `with`"
    " part, and compared with its like, `a.event_seq < b.event_seq` (S-4)."
)
ANOTHER = "give it another name, since by these names the two are told."
SHOWN = (
    "gives a column that is event_seq or price_book under another name; name the columns of the "
    "last `select` without it (S-4)."
)
BY_PLACE = (
    "puts queries together by place; name their columns, event_seq and price_book at the same "
    "place in each, or write `union all by name`."
)


def place_problems(query: Node) -> Iterator[str]:
    """What the query of a metric does with the two and may not, each as the rest of a sentence."""
    nodes = list(_nodes(query))
    held = _held_names(nodes)
    # What a query inside an expression gives is a value.
    inside = [one for node in nodes if node.get("class") == "SUBQUERY" for one in _nodes(node)]
    values = {id(item) for node in inside for item in node.get("select_list") or []}
    bare = {id(one) for node in nodes for one in _bare(node)} - values
    for node in nodes:
        by = {str(name).lower() for name in node.get("using_columns") or []} - HELD
        for name in sorted(by if id(node) in bare else {column(node) or "", *by}):
            if held(name):
                yield BARE.format(name)
        yield from _of_its_own(node)
        if node.get("type") == "SET_OPERATION_NODE" and node["setop_type"] != "UNION_BY_NAME":
            yield from _by_place([one["select_list"] for one in _selects(node)], held)
    columns = [node for node in nodes if held(column(node))]
    if any(given_name(one) not in HELD for one in columns):
        for item in (item for one in _selects(query) for item in one["select_list"]):
            if item["class"] == "STAR" or held(column(item)):
                yield SHOWN


def _nodes(tree: object) -> Iterator[Node]:
    """Every dictionary of a query, but what billable_events() was filled in with."""
    if isinstance(tree, dict):
        is_events = tree.get("type") == "SUBQUERY" and tree.get("alias") == EVENTS
        if is_events and is_house(tree["subquery"]["node"]):
            return
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for item in tree:
            yield from _nodes(item)


def _held_names(nodes: list[Node]) -> Callable[[str | None], bool]:
    """Whether a name stands for one of the two: theirs, or one that they are given."""
    names, size = set(HELD), 0

    def held(name: str | None) -> bool:
        # Of two columns of one name, DuckDB calls the second event_seq_1.
        return bool(name) and any(
            re.fullmatch(re.escape(one) + r"([_:]\d+)*", name or "") for one in names
        )

    while size < len(names):
        size = len(names)
        names |= {given_name(node) or "" for node in nodes if held(column(node))}
    return held


def _bare(node: Node) -> Iterator[Node]:
    """The parts of a node that may be one of the two, if they are nothing but a column."""
    if node.get("type") == "SELECT_NODE":
        yield from (*node["select_list"], *node["group_expressions"])
    for modifier in node.get("modifiers") or []:
        yield from (one["expression"] for one in modifier.get("orders") or [])
    if node.get("class") == "WINDOW":
        yield from node["partitions"]
        # `range 5 preceding` computes with what it orders by.
        if not any("EXPR" in node[end] and "RANGE" in node[end] for end in ("start", "end")):
            yield from (one["expression"] for one in node["orders"])
    if str(node.get("function_name")).lower() in TAKES_A_ROW:
        orders = (node.get("order_bys") or {}).get("orders") or []
        yield from (*ordered_by(node), *(one["expression"] for one in orders))
    if node.get("class") == "COMPARISON":
        sides = [node["left"], node["right"]]
        names = {column(side) for side in sides}
        if names == {"event_seq"} or (names == set(BOOK) and node["type"] == "COMPARE_EQUAL"):
            yield from sides


def _of_its_own(node: Node) -> Iterator[str]:
    """What else would be called event_seq or price_book, so that the name would not tell."""
    items = node.get("select_list") or []
    names = {given_name(item) or "" for item in items if column(item) != given_name(item)}
    names |= {str(part["key"]).lower() for part in node.get("replace_list") or []}
    if "column_name_alias" in node:
        names |= {str(name).lower() for name in node["column_name_alias"]}
        names.add(str(node.get("alias") or node.get("table_name")).lower())
    for name in sorted(HELD & names):
        yield f"makes {'an' if name == 'event_seq' else 'a'} {name} of its own; {ANOTHER}"


def _selects(query: Node) -> Iterator[Node]:
    """The select of a query, or those that it puts together."""
    if query["type"] == "SELECT_NODE":
        yield query
    for part in (query.get("left"), query.get("right"), *(query.get("children") or [])):
        if part:
            yield from _selects(part)


def _by_place(lists: list[list[Node]], held: Callable[[str | None], bool]) -> Iterator[str]:
    """A union by place gives the second's columns the names of the first."""
    places = {
        tuple(given_name(item) if held(column(item)) else None for item in items) for items in lists
    }
    if len(places) > 1 or any(item["class"] == "STAR" for items in lists for item in items):
        yield BY_PLACE
