"""The query of a metric: one SELECT over its events and lookup tables, each window by itself.

A metric is computed for all contracts at once. That one customer's events never meet another's is
seen here: whatever groups, ranks or joins events names the contract and the window.
"""

from collections.abc import Iterable
from dataclasses import replace

from meterhouse.metrics.allowed.expressions import expression_problems
from meterhouse.metrics.allowed.functions import ORDERED, TAKES_A_ROW
from meterhouse.metrics.allowed.names import (
    given_name,
    leaves_out,
    own_column,
    own_columns,
    row_problems,
    series_names,
    table_names,
)
from meterhouse.metrics.allowed.order import (
    aggregates,
    all_parts,
    group_keys,
    grouped_items,
    item_names,
    kept_keys,
    ordered_by,
    passes,
    repeats,
    unchanged,
)
from meterhouse.metrics.allowed.relation import BOOK, CONSTANT, TOGETHER, Relation
from meterhouse.metrics.allowed.sequence import place_problems
from meterhouse.metrics.allowed.sources import ALLOWED, Sources
from meterhouse.metrics.allowed.tree import Node, column, own_expressions


class Query(Sources):
    """One look at a query, whose findings are in `problems`."""

    def check(self, node: Node) -> None:
        """Add what is not allowed to `problems`."""
        self.tables, self.series = frozenset(table_names(node)), frozenset(series_names(node))
        found = self._query(node, {})
        if not found.is_events:
            self.problems.append(f"gives rows that are no events' windows; {ALLOWED}")
        self.problems += place_problems(node)

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
        columns = frozenset.intersection(*(relation.columns for relation in relations))
        self._modifiers(node, scope, Relation(columns=columns))
        if len({relation.ties for relation in relations}) > 1:
            self.problems.append(f"puts rows of its own beside events or a lookup; {TOGETHER}")
        events = any(relation.is_events for relation in relations)
        lookups = not events and any(relation.is_lookup for relation in relations)
        # The same row may come from two branches, so that nothing tells rows apart.
        shown = Relation(events, lookups, columns=columns)
        if shown.ties and node["setop_type"] != "UNION_BY_NAME":
            for branch in branches:
                begins = (branch.get("select_list") or [])[: len(shown.ties)]
                if [(column(one), given_name(one)) for one in begins] != [
                    (name, name) for name in shown.ties
                ]:
                    self.problems.append(
                        f"puts queries together by place; begin each with {', '.join(shown.ties)}, "
                        "or write `union all by name`."
                    )
        return shown

    def _select(self, node: Node, scope: dict[str, Relation]) -> Relation:
        source = self._from(node["from_table"], scope)
        items = node["select_list"]
        parts = [*items, node["where_clause"], *node["group_expressions"], node["having"]]
        for part in (*parts, node["qualify"]):
            if part:
                self._expression(part, scope, source)
        stars = [item for item in items if item.get("class") == "STAR"]
        gone = {name for star in stars for name in leaves_out(star)[1]}
        columns = (source.columns - gone if stars else frozenset()) | item_names(items)
        self._modifiers(node, scope, Relation(columns=columns))
        if node.get("sample"):
            self.problems.append("takes a sample; the same events must give the same (S-4).")
        grouped = self._grouping(node)
        self._names_the_window(items, source)
        if grouped is None:
            once = replace(source, keys=()) if repeats(items) else source
            self._windows_of_functions((*items, node["qualify"]), once, items)
            keys = kept_keys(node, source)
            is_dated = source.is_dated and passes("event_date", items, source)
        else:
            if not set(source.ties) <= grouped:
                self.problems.append(
                    f"groups {source.rows} without their {source.kept_apart}; {source.together}"
                )
            keys = group_keys(node, source)
            shown = replace(source, keys=keys)
            self._windows_of_functions((*items, node["qualify"]), shown, None)
            by = own_columns([*grouped_items(node)], source.aliases)
            self._orders_of_aggregates((*items, node["having"]), source, items, by)
            dates = [item for item in items if given_name(item) == "event_date"]
            is_dated = source.is_dated and own_columns(dates, source.aliases) == {"event_date"}
        return Relation(
            source.is_events,
            source.is_lookup,
            is_dated,
            keys,
            columns=columns,
            leads=bool(source.ties),
        )

    def _grouping(self, node: Node) -> set[str] | None:
        """The names of what a select groups by; None if it does not group."""
        if len(node["group_sets"]) > 1:
            self.problems.append("groups in several ways at once; write one `group by`.")
        items = node["select_list"]
        if node["aggregate_handling"] == "FORCE_AGGREGATES" or node["group_expressions"]:
            return {name for one in grouped_items(node) if (name := given_name(one))}
        return set() if any(map(aggregates, (*items, node["having"]))) else None

    def _names_the_window(self, items: list[Node], source: Relation) -> None:
        """Or the price book, where it is of lookup tables alone."""
        ties = set(source.ties)
        given: set[str] = set()
        for item in items:
            alias = given_name(item)
            # The book of an event is that of its window, by which lookups are joined.
            if alias in ties or alias in BOOK:
                if not ties or own_column(item, source.aliases) != alias:
                    self.problems.append(f"makes a {alias} of its own; {source.together}")
                given.add(alias)
            if ties and item.get("class") == "STAR":
                changed, left_out = leaves_out(item)
                if (changed | left_out) & ties or changed & set(BOOK):
                    self.problems.append(f"changes or leaves out a column; {source.together}")
                table = str(item.get("relation_name") or "").lower()
                if table in source.aliases or (not table and source.leads):
                    given |= ties
                elif not ties <= given:
                    # Of two columns of one name, the first keeps it.
                    self.problems.append(
                        f"takes all columns of a table without windows first; {source.together}"
                    )
        if not ties <= given:
            self.problems.append(f"gives rows without their {source.kept_apart}; {source.together}")

    def _windows_of_functions(
        self, items: Iterable[Node | None], source: Relation, shadows: list[Node] | None
    ) -> None:
        for node in all_parts(items):
            if node.get("class") != "WINDOW":
                continue
            name = node["function_name"].lower()
            parted = own_columns(node["partitions"], source.aliases)
            if not set(source.ties) <= parted:
                self.problems.append(f"has {name}() over more than one window; {source.together}")
            by_rows = any("ROWS" in str(node.get(end)) for end in ("start", "end"))
            orders = [one["expression"] for one in node["orders"]]
            if name in TAKES_A_ROW:
                self._total_order(name, ordered_by(node), parted, source, shadows)
            elif name in ORDERED or by_rows:
                self._total_order(name, orders, parted, source, shadows)

    def _orders_of_aggregates(
        self, items: Iterable[Node | None], source: Relation, shadows: list[Node], by: set[str]
    ) -> None:
        for node in all_parts(items):
            name = str(node.get("function_name", "")).lower()
            if node.get("class") == "FUNCTION" and name in TAKES_A_ROW:
                orders = [one["expression"] for one in (node["order_bys"] or {}).get("orders", [])]
                self._total_order(name, [*ordered_by(node), *orders], by, source, shadows)

    def _total_order(
        self,
        name: str,
        orders: list[Node],
        given: set[str],
        source: Relation,
        shadows: list[Node] | None,
    ) -> None:
        """Only columns that stand alone tell rows apart: `event_seq % 2` leaves many equal."""
        names = own_columns(orders, source.aliases) | given
        # A column that the select computes anew under a name of the source may be meant by it.
        names -= {one for one in names if shadows and not unchanged(one, shadows, source)}
        if not any(key <= names for key in source.keys):
            self.problems.append(
                f"has {name}() in an order that can leave two rows equal; let the order end with "
                "event_seq as it comes from the events, or with all that a part groups by; order "
                "before a join or `union all` (S-4)."
            )

    def _modifiers(self, node: Node, scope: dict[str, Relation], shown: Relation) -> None:
        for modifier in node.get("modifiers") or []:
            kind = modifier["type"]
            if kind == "LIMIT_MODIFIER" or "LIMIT" in kind:
                self.problems.append("has a limit, which is of all contracts together; leave it.")
            elif kind == "DISTINCT_MODIFIER" and modifier.get("distinct_on_targets"):
                self.problems.append(
                    "has `distinct on`, which takes one of several rows; use arg_max(…, event_seq)."
                )
            for part in modifier.get("orders") or []:
                self._expression(part["expression"], scope, shown)

    def _expression(
        self, tree: Node, scope: dict[str, Relation], source: Relation = CONSTANT
    ) -> None:
        self.problems += expression_problems(tree, self.macros, source.is_day)
        self.problems += row_problems(tree, self.tables, self.series, source.columns)
        for node in own_expressions(tree):
            if node.get("class") == "SUBQUERY":
                inner = self._query(node["subquery"]["node"], scope)
                if inner.is_events:
                    self.problems.append(f"reads events inside an expression; {TOGETHER}")
                elif inner.is_lookup:
                    self.problems.append(f"reads a lookup inside an expression; {inner.together}")
