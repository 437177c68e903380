"""What a query of a metric reads: its events, lookup tables, series, and parts of its own."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from meterhouse.metrics.allowed.expressions import series_problems
from meterhouse.metrics.allowed.names import is_house
from meterhouse.metrics.allowed.template import EVENTS, LOOKUPS
from meterhouse.metrics.allowed.tree import Node, within

# What tells the windows of all contracts apart; `price_book` follows from it.
WINDOW = ("contract_id", "window_start", "window_end")
# What an event has: the columns of billable_events().
OF_EVENTS = (
    *(*WINDOW, "price_book", "event_type", "event_date", "timestamp", "event_seq"),
    *("transaction_id", "properties", "property_texts"),
)
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

    `keys` are sets of columns, each of which is unique in a window: no key, no order without ties.
    `aliases` are the names of its tables that have the window of every row, `tables` of all that
    have events: those of an outer join may be null. `columns` are some that it surely has, `leads`
    says that its first table has events, so that `contract_id` of `*` is theirs.
    """

    is_events: bool = False
    keys: tuple[frozenset[str], ...] = ()
    aliases: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    leads: bool = True


ONE_EVENT = Relation(
    True,
    (frozenset({"event_seq"}), frozenset({"transaction_id"})),
    columns=frozenset(OF_EVENTS),
)
CONSTANT = Relation(leads=False)


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
    # The names of all tables of the file, and of its series.
    tables: frozenset[str] = frozenset()
    series: frozenset[str] = frozenset()

    @abstractmethod
    def _query(self, node: Node, scope: dict[str, Relation]) -> Relation:
        """What a query gives; its findings are added to `problems`."""

    @abstractmethod
    def _expression(
        self, tree: Node, scope: dict[str, Relation], known: frozenset[str] = frozenset()
    ) -> None:
        """Add what an expression may not do to `problems`; `known` are columns of its tables."""

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
        own = frozenset({alias} if found.is_events else ())
        columns = found.columns if not names else frozenset()
        return Relation(found.is_events, found.keys, own, own, columns, found.is_events)

    def _table(self, node: Node, scope: dict[str, Relation]) -> Relation:
        kind = node["type"]
        if kind == "SUBQUERY":
            inner = node["subquery"]["node"]
            if not self.macros and node.get("alias") == EVENTS and is_house(inner):
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
        columns = left.columns | right.columns
        if node["condition"]:
            self._expression(node["condition"], scope, columns)
        if node["ref_type"] not in ("REGULAR", "CROSS"):
            self.problems.append(
                f"has a {node['ref_type'].lower()} join; name the columns of a join by `using`."
            )
        kind = node["join_type"]
        keeps = kind in ("SEMI", "ANTI")
        if left.is_events and right.is_events:
            self._of_events(node, left, right)
        elif not left.is_events and not right.is_events:
            return Relation(columns=columns, leads=False)
        else:
            outer = {"RIGHT": left, "FULL": left, "OUTER": left, "LEFT": right}.get(kind)
            kept = keeps and not left.is_events
            if (outer and outer.is_events) or kind in ("FULL", "OUTER") or kept:
                self.problems.append(
                    "keeps rows of a lookup table that no event has; join it to the events by "
                    "`left join` or `inner join`."
                )
        if keeps:
            return left
        # Rows that an outer join adds have no window of the other side.
        sure = {
            "LEFT": left.aliases,
            "RIGHT": right.aliases,
            "FULL": frozenset(),
            "OUTER": frozenset(),
        }
        aliases = sure.get(kind, left.aliases | right.aliases) - (left.tables & right.tables)
        # A row may meet several of the other side, so that nothing tells the pairs apart.
        return Relation(True, (), aliases, left.tables | right.tables, columns, left.leads)

    def _of_events(self, node: Node, left: Relation, right: Relation) -> None:
        using = {str(name).lower() for name in node["using_columns"]}
        if not set(WINDOW) <= using | _tied(node["condition"], left, right):
            self.problems.append(f"joins events without their window; {TOGETHER}")
        elif node["join_type"] not in ("INNER", "LEFT", "SEMI", "ANTI") and not (
            set(WINDOW) <= using
        ):
            self.problems.append(
                f"keeps rows without their window in a {node['join_type'].lower()} join; join "
                f"`using ({', '.join(WINDOW)})`."
            )


def _tied(condition: Node | None, left: Relation, right: Relation) -> set[str]:
    """The columns that a row of the right has like one of the left: `left.x = right.x`, and-ed."""
    found: set[str] = set()
    pending = [condition]
    while pending:
        part = pending.pop()
        if not part:
            continue
        if part.get("type") == "CONJUNCTION_AND":
            pending += part["children"]
        elif part.get("type") == "COMPARE_EQUAL":
            sides = [
                [str(name).lower() for name in side.get("column_names") or []]
                for side in (part["left"], part["right"])
            ]
            if all(len(side) == 2 for side in sides) and sides[0][1] == sides[1][1]:
                tables = {side[0] for side in sides}
                if (
                    len(tables & left.tables) == 1
                    and len(tables & right.tables) == 1
                    and not tables & left.tables & right.tables
                ):
                    found.add(sides[0][1])
    return found
