"""The query of a metric: one SELECT over its events and lookup tables, each window by itself.

A metric is computed for all contracts at once. That one customer's events never meet another's is
seen here: whatever groups, ranks or joins events names the contract and the window.
"""

from collections.abc import Iterable, Iterator

from meterhouse.metrics.allowed.expressions import expression_problems
from meterhouse.metrics.allowed.functions import AGGREGATES, ORDERED, TAKES_A_ROW
from meterhouse.metrics.allowed.sources import (
    ALLOWED,
    CONSTANT,
    ONE_EVENT,
    TOGETHER,
    WINDOW,
    Relation,
    Sources,
)
from meterhouse.metrics.allowed.tree import Node, arguments, column, columns, own_expressions


class Query(Sources):
    """One look at a query, whose findings are in `problems`."""

    def check(self, node: Node) -> None:
        """Add what is not allowed to `problems`."""
        if not self._query(node, {}).is_events:
            self.problems.append(f"gives rows that are no events' windows; {ALLOWED}")

    def _query(self, node: Node, scope: dict[str, Relation]) -> Relation:
        scope = dict(scope)
        for part in (node.get("cte_map") or {}).get("map", []):
            if part["value"].get("aliases"):
                self.problems.append(f"names the columns of {part['key']} in a list; use `as`.")
            scope[part["key"].lower()] = self._query(part["value"]["query_node"], scope)
        if node["type"] == "SELECT_NODE":
            return self._select(node, scope)
        if node["type"] == "SET_OPERATION_NODE":
            return self._set_operation(node, scope)
        what = "recurses" if "RECURSIVE" in node["type"] else f"is a {node['type'].lower()}"
        self.problems.append(f"{what}; a metric is a plain `select` without recursion.")
        return CONSTANT

    def _set_operation(self, node: Node, scope: dict[str, Relation]) -> Relation:
        branches = [part for part in (node["left"], node["right"], *node["children"]) if part]
        relations = [self._query(branch, scope) for branch in branches]
        self._modifiers(node, scope)
        if len({relation.is_events for relation in relations}) > 1:
            self.problems.append(f"puts rows of its own beside events; {TOGETHER}")
        events = any(relation.is_events for relation in relations)
        if events and node["setop_type"] != "UNION_BY_NAME":
            for branch in branches:
                first = [column(item) for item in (branch.get("select_list") or [])[:3]]
                if first != list(WINDOW):
                    self.problems.append(
                        f"puts queries together by place; begin each with {', '.join(WINDOW)}, or "
                        "write `union all by name`."
                    )
        return Relation(events)

    def _select(self, node: Node, scope: dict[str, Relation]) -> Relation:
        source = self._from(node["from_table"], scope)
        items = node["select_list"]
        parts = [*items, node["where_clause"], *node["group_expressions"], node["having"]]
        for part in (*parts, node["qualify"]):
            if part:
                self._expression(part, scope)
        self._modifiers(node, scope)
        if node.get("sample"):
            self.problems.append("takes a sample; the same events must give the same (S-4).")
        grouped = self._grouping(node)
        if not source.is_events:
            return CONSTANT
        self._names_the_window(items, source)
        names = {name for item in items if (name := _given_name(item))}
        if grouped is None:
            self._windows_of_functions((*items, node["qualify"]), source)
            passed = [key for key in source.keys if key <= names or _has_star(items)]
            return Relation(True, tuple(passed))
        if not set(WINDOW) <= grouped:
            self.problems.append(f"groups events without their window; {TOGETHER}")
        self._windows_of_functions((*items, node["qualify"]), Relation(True))
        self._orders_of_aggregates((*items, node["having"]), source, grouped)
        return Relation(True, (frozenset(grouped - {*WINDOW, "price_book"}),))

    def _grouping(self, node: Node) -> set[str] | None:
        """The names of what a select groups by; None if it does not group."""
        if len(node["group_sets"]) > 1:
            self.problems.append("groups in several ways at once; write one `group by`.")
        items = node["select_list"]
        if node["aggregate_handling"] == "FORCE_AGGREGATES":
            return {name for item in items if not _aggregates(item) and (name := _given_name(item))}
        if node["group_expressions"]:
            return {name for one in node["group_expressions"] for name in _group_name(one, items)}
        return set() if any(map(_aggregates, (*items, node["having"]))) else None

    def _names_the_window(self, items: list[Node], source: Relation) -> None:
        given = set()
        for item in items:
            name = column(item)
            alias = (item.get("alias") or name or "").lower()
            if alias in WINDOW:
                tables = [str(part).lower() for part in item.get("column_names", [])[:-1]]
                if name != alias or (tables and tables[-1] not in source.aliases):
                    self.problems.append(f"makes a {alias} of its own; {TOGETHER}")
                given.add(alias)
            if item.get("class") == "STAR":
                changed = {str(part.get("key")).lower() for part in item["replace_list"]}
                left_out = {str(part).lower() for part in map(_last, item["exclude_list"])}
                if (changed | left_out) & set(WINDOW):
                    self.problems.append(f"changes or leaves out a window's column; {TOGETHER}")
                table = str(item.get("relation_name") or "").lower()
                if not table or table in source.aliases:
                    given |= set(WINDOW)
        if not set(WINDOW) <= given:
            self.problems.append(f"gives rows without their window; {TOGETHER}")

    def _windows_of_functions(self, items: Iterable[Node | None], source: Relation) -> None:
        for node in _all(items):
            if node.get("class") != "WINDOW":
                continue
            name, parted = node["function_name"].lower(), columns(node["partitions"])
            plain = set(map(column, node["partitions"]))
            if not set(WINDOW) <= plain:
                self.problems.append(f"has {name}() over more than one window; {TOGETHER}")
            takes = name in ORDERED or name in TAKES_A_ROW
            by_rows = any("ROWS" in str(node.get(end)) for end in ("start", "end"))
            if takes or (by_rows and node["orders"]):
                ordered = columns([one["expression"] for one in node["orders"]])
                self._total_order(name, ordered | parted, source)

    def _orders_of_aggregates(
        self, items: Iterable[Node | None], source: Relation, grouped: set[str]
    ) -> None:
        for node in _all(items):
            name = str(node.get("function_name", "")).lower()
            if node.get("class") == "FUNCTION" and name in TAKES_A_ROW:
                by = [*arguments(node)[1:2], node["order_bys"]]
                self._total_order(name, columns(by) | grouped, source)

    def _total_order(self, name: str, given: set[str], source: Relation) -> None:
        keys = source.keys or ONE_EVENT.keys
        if not any(key <= given for key in keys):
            self.problems.append(
                f"has {name}() in an order that can leave two rows equal; let the order end with "
                "event_seq (S-4)."
            )

    def _modifiers(self, node: Node, scope: dict[str, Relation]) -> None:
        for modifier in node.get("modifiers") or []:
            kind = modifier["type"]
            if kind == "LIMIT_MODIFIER" or "LIMIT" in kind:
                self.problems.append("has a limit, which is of all contracts together; leave it.")
            elif kind == "DISTINCT_MODIFIER" and modifier.get("distinct_on_targets"):
                self.problems.append(
                    "has `distinct on`, which takes one of several rows; use arg_max(…, event_seq)."
                )
            for part in modifier.get("orders") or []:
                self._expression(part["expression"], scope)

    def _expression(self, tree: Node, scope: dict[str, Relation]) -> None:
        self.problems += expression_problems(tree, self.macros)
        for node in own_expressions(tree):
            if node.get("class") == "SUBQUERY":
                inner = self._query(node["subquery"]["node"], scope)
                if inner.is_events:
                    self.problems.append(f"reads events inside an expression; {TOGETHER}")


def _all(items: Iterable[Node | None]) -> Iterator[Node]:
    for item in items:
        yield from own_expressions(item)


def _aggregates(item: Node | None) -> bool:
    if not item:
        return False
    if item.get("class") == "WINDOW":
        return any(map(_aggregates, arguments(item)))
    if item.get("class") == "FUNCTION" and item["function_name"].lower() in AGGREGATES:
        return True
    parts = [
        part for value in item.values() for part in (value if isinstance(value, list) else [value])
    ]
    return any(_aggregates(part) for part in parts if isinstance(part, dict) and part is not item)


def _given_name(item: Node) -> str | None:
    return (item.get("alias") or "").lower() or column(item)


def _group_name(one: Node, items: list[Node]) -> Iterator[str]:
    literal = one.get("literal") or {}
    if one.get("class") == "CONSTANT" and literal.get("kind") == "INTEGER":
        place = int(literal["text"]) - 1
        if 0 <= place < len(items) and (name := _given_name(items[place])):
            yield name
    elif name := column(one):
        yield name


def _has_star(items: list[Node]) -> bool:
    return any(item.get("class") == "STAR" and not item["exclude_list"] for item in items)


def _last(part: object) -> object:
    return part[-1] if isinstance(part, list) and part else part
