"""What a query of a metric reads: its events, lookup tables, series, and parts of its own."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from meterhouse.metrics.allowed.expressions import series_problems
from meterhouse.metrics.allowed.template import EVENTS, LOOKUPS
from meterhouse.metrics.allowed.tree import Node, column, within

# What tells the windows of all contracts apart; `price_book` follows from it.
WINDOW = ("contract_id", "window_start", "window_end")
# What billable_events() is made of, once dbt has filled it in.
HOUSE = {("calendar", "due_window_days"), ("calendar", "due_windows"), ("events", "events")}
ALLOWED = (
    "a metric reads {{ billable_events() }}, {{ lookup('<name>') }} and its own `with` parts, "
    "and nothing else."
)
TOGETHER = (
    f"the windows of all contracts are computed together, so name {', '.join(WINDOW)}, "
    "or one customer's events count for another."
)


@dataclass(frozen=True)
class Relation:
    """What a query reads or gives: whether it has rows of windows, and what tells them apart.

    `keys` are sets of columns, each of which is unique in a window; `aliases` the names of its
    tables that have events.
    """

    is_events: bool = False
    keys: tuple[frozenset[str], ...] = ()
    aliases: frozenset[str] = frozenset()


ONE_EVENT = Relation(True, (frozenset({"event_seq"}), frozenset({"transaction_id"})))
CONSTANT = Relation()


@dataclass
class Sources(ABC):
    """The part of a look at a query that is about its `from`.

    `lookups` are the tables that are declared; `macros` names of functions that stand for macros
    which are not filled in. `events_read` counts the places that read events.
    """

    lookups: set[str]
    macros: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)
    events_read: int = 0

    @abstractmethod
    def _query(self, node: Node, scope: dict[str, Relation]) -> Relation:
        """What a query gives; its findings are added to `problems`."""

    @abstractmethod
    def _expression(self, tree: Node, scope: dict[str, Relation]) -> None:
        """Add what an expression may not do to `problems`."""

    def _from(self, node: Node, scope: dict[str, Relation]) -> Relation:
        if node.get("sample"):
            self.problems.append("takes a sample; the same events must give the same (S-4).")
        kind = node["type"]
        if kind == "JOIN":
            return self._join(node, scope)
        alias = str(node.get("alias") or node.get("table_name") or "").lower()
        found = self._table(node, scope)
        names = {str(name).lower() for name in node.get("column_name_alias") or []}
        if names and found.is_events:
            self.problems.append("names the columns of events in a list; use `as`.")
        return Relation(found.is_events, found.keys, frozenset({alias} if found.is_events else ()))

    def _table(self, node: Node, scope: dict[str, Relation]) -> Relation:
        kind = node["type"]
        if kind == "SUBQUERY":
            inner = node["subquery"]["node"]
            if not self.macros and node.get("alias") == EVENTS and _is_house(inner):
                self.events_read += 1
                return ONE_EVENT
            return self._query(inner, scope)
        if kind == "BASE_TABLE":
            return self._base_table(node, scope)
        if kind == "TABLE_FUNCTION":
            function = node["function"]
            name = function.get("function_name", "a function")
            if name in ("range", "generate_series", "unnest"):
                self.problems += series_problems(function)
            else:
                self.problems.append(f"reads {name}(); {ALLOWED}")
        elif kind == "EXPRESSION_LIST":
            for part in within(node.get("expressions") or node.get("values") or []):
                if "class" in part:
                    self._expression(part, scope)
        elif kind == "SHOW_REF":
            self.problems.append(f"describes tables; {ALLOWED}")
        elif kind != "EMPTY":
            self.problems.append(f"reads a {kind.lower().replace('_', ' ')}; {ALLOWED}")
        return CONSTANT

    def _base_table(self, node: Node, scope: dict[str, Relation]) -> Relation:
        path = [str(part) for part in node["qualified_name"]["path"]]
        if node.get("at_clause"):
            self.problems.append(f"reads {path[-1]} as of another time; {ALLOWED}")
        if len(path) == 1 and path[0].lower() in scope:
            return scope[path[0].lower()]
        if path == [EVENTS] and self.macros:
            self.events_read += 1
            return ONE_EVENT
        if len(path) > 1 and path[-2] == LOOKUPS and len(path) <= (2 if self.macros else 3):
            if path[-1] not in self.lookups:
                self.problems.append(
                    f"joins lookup('{path[-1]}'), which _lookups.yml does not declare; "
                    f"there are: {', '.join(sorted(self.lookups))}."
                )
            return CONSTANT
        self.problems.append(f"reads {'.'.join(path)}; {ALLOWED}")
        return CONSTANT

    def _join(self, node: Node, scope: dict[str, Relation]) -> Relation:
        left, right = self._from(node["left"], scope), self._from(node["right"], scope)
        if node["condition"]:
            self._expression(node["condition"], scope)
        if node["ref_type"] not in ("REGULAR", "CROSS"):
            self.problems.append(
                f"has a {node['ref_type'].lower()} join; name the columns of a join by `using`."
            )
        aliases = left.aliases | right.aliases
        if left.is_events and right.is_events:
            if not set(WINDOW) <= _joined_by(node):
                self.problems.append(f"joins events without their window; {TOGETHER}")
            return Relation(True, (), aliases)
        if not left.is_events and not right.is_events:
            return CONSTANT
        outer = {"RIGHT": left, "FULL": left, "OUTER": left, "LEFT": right}.get(node["join_type"])
        if (outer and outer.is_events) or node["join_type"] in ("FULL", "OUTER"):
            self.problems.append(
                "keeps rows of a lookup table that no event has; join it to the events by `left "
                "join` or `inner join`."
            )
        keeps = node["join_type"] in ("SEMI", "ANTI")
        return Relation(True, left.keys if keeps else (), aliases)


def _is_house(inner: Node) -> bool:
    """Whether a query is what billable_events() was filled in with: the house's tables alone."""
    tables = [node for node in within(inner) if node.get("type") == "BASE_TABLE"]
    names = {tuple(node["qualified_name"]["path"][-2:]) for node in tables}
    return bool(names) and names <= HOUSE


def _joined_by(node: Node) -> set[str]:
    found = {str(name).lower() for name in node["using_columns"]}
    pending = [node["condition"]]
    while pending:
        part = pending.pop()
        if not part:
            continue
        if part.get("type") == "CONJUNCTION_AND":
            pending += part["children"]
        elif part.get("type") == "COMPARE_EQUAL":
            left, right = part["left"], part["right"]
            tables = [str(side.get("column_names", [""])[0]).lower() for side in (left, right)]
            if column(left) == column(right) is not None and tables[0] != tables[1]:
                found.add(str(column(left)))
    return found
