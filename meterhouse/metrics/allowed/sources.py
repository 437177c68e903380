"""What a query of a metric reads: its events, lookup tables, series, and parts of its own."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

from meterhouse.metrics.allowed.expressions import series_problems
from meterhouse.metrics.allowed.names import is_house
from meterhouse.metrics.allowed.relation import (
    BOOK,
    CONSTANT,
    OF_BOOK,
    ONE_EVENT,
    ONE_LOOKUP,
    TOGETHER,
    WINDOW,
    Relation,
    joined,
)
from meterhouse.metrics.allowed.template import EVENTS, LOOKUPS
from meterhouse.metrics.allowed.tree import Node, within

ALLOWED = (
    "a metric reads {{ billable_events() }}, {{ lookup('<name>') }} and its own `with` parts, "
    "and nothing else."
)


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
        self, tree: Node, scope: dict[str, Relation], source: Relation = CONSTANT
    ) -> None:
        """Add what an expression over `source` may not do to `problems`."""

    def _from(
        self, node: Node, scope: dict[str, Relation], beside: Relation = CONSTANT
    ) -> Relation:
        if node.get("sample"):
            self.problems.append("takes a sample; the same events must give the same (S-4).")
        kind = node["type"]
        if kind == "JOIN":
            return self._join(node, scope)
        alias = str(node.get("alias") or node.get("table_name") or "").lower()
        found = self._table(node, scope, beside)
        names = {str(name).lower() for name in node.get("column_name_alias") or []}
        if names & set(BOOK) or (names and found.ties):
            self.problems.append("names the columns of events or a lookup in a list; use `as`.")
        own = frozenset({alias} if found.ties else ())
        columns = found.columns if not names else frozenset()
        return replace(found, aliases=own, tables=own, columns=columns, leads=bool(found.ties))

    def _table(self, node: Node, scope: dict[str, Relation], beside: Relation) -> Relation:
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
                self.problems += series_problems(function, beside.is_day)
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
            return ONE_LOOKUP
        self.problems.append(f"reads {'.'.join(path)}; {ALLOWED}")
        return CONSTANT

    def _join(self, node: Node, scope: dict[str, Relation]) -> Relation:
        left = self._from(node["left"], scope)
        right = self._from(node["right"], scope, left)
        columns = left.columns | right.columns
        if node["condition"]:
            self._expression(node["condition"], scope, Relation(columns=columns))
        if node["ref_type"] not in ("REGULAR", "CROSS"):
            self.problems.append(
                f"has a {node['ref_type'].lower()} join; name the columns of a join by `using`."
            )
        kind = node["join_type"]
        keeps = kind in ("SEMI", "ANTI")
        if left.is_events and right.is_events:
            self._of_events(node, left, right)
        elif left.is_events or right.is_events:
            outer = {"RIGHT": left, "FULL": left, "OUTER": left, "LEFT": right}.get(kind)
            kept = keeps and not left.is_events
            if (outer and outer.is_events) or kind in ("FULL", "OUTER") or kept:
                self.problems.append(
                    "keeps rows of a lookup table that no event has; join it to the events by "
                    "`left join` or `inner join`."
                )
        if (left.is_lookup and right.ties) or (right.is_lookup and (left.ties or keeps)):
            using = {str(name).lower() for name in node["using_columns"]}
            if not set(BOOK) <= using | _tied(node["condition"], left, right):
                self.problems.append(f"joins a lookup table without its price book; {OF_BOOK}")
        if keeps:
            return left
        return joined(kind, left, right)

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
