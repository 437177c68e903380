"""Where `event_seq` and `price_book` go in a metric's SQL: never into a quantity.

One is the place of an event in the log of all customers: what others send, or a file that lands
before another, moves it, so that only which of two events came first may count (S-4, S-11). The
other is the digest of the whole book, which any customer's row changes: rows are joined by it.
"""

from collections.abc import Callable, Iterable

from meterhouse.metrics.allowed.functions import TAKES_A_ROW
from meterhouse.metrics.allowed.names import given_name, leaves_out
from meterhouse.metrics.allowed.relation import BOOK, Relation
from meterhouse.metrics.allowed.tree import Node, arguments

HELD = frozenset({"event_seq", *BOOK})
# Functions that give one of the values they are given.
GIVES_ONE = TAKES_A_ROW | {
    *("min", "max", "lag", "lead", "first_value", "last_value", "nth_value", "ifnull", "nullif"),
}
COUNTS = {"count", "count_star"}
OF_ORDER = (
    "computes with event_seq, the place of an event among those of all customers, or price_book, "
    "the digest of all customers' rows; they may only order or join rows and be compared with "
    "another of their kind (S-4)."
)


class Places:
    """A look at the expressions of one select. `names` are columns that hold a place, or a book.

    `problem` is called with what is not allowed.
    """

    def __init__(self, source: Relation, problem: Callable[[str], None]):
        self.names = set(source.places)
        self.problem = problem

    def shown(self, items: Iterable[Node], source: Relation) -> frozenset[str]:
        """Which columns of the select hold a place, under their new names."""
        found: set[str] = set()
        for item in items:
            if item.get("class") == "STAR":
                found |= source.places - leaves_out(item)[1]
                for part in item["replace_list"]:
                    self.holds(part["value"])
            elif self.holds(item) and (name := given_name(item)):
                found.add(name)
                # What comes after it in the list may mean it.
                self.names.add(name)
        return frozenset(found)

    def holds(self, node: Node | None) -> bool:
        """Whether the value of an expression is an event's place."""
        if not node:
            return False
        kind = node.get("class")
        if kind == "COLUMN_REF":
            return str(node["column_names"][-1]).lower() in self.names
        if kind in ("FUNCTION", "WINDOW"):
            return self._of_function(node)
        if kind == "COMPARISON":
            return self._compared([node["left"], node["right"]])
        if kind == "BETWEEN":
            return self._compared([node["input"], node["lower"], node["upper"]])
        if kind == "CASE":
            checks = node["case_checks"]
            for one in checks:
                self.holds(one["when_expr"])
            then = [self.holds(one["then_expr"]) for one in checks]
            return any([*then, self.holds(node.get("else_expr"))])
        if kind == "OPERATOR" and "IN" in node["type"].split("_"):
            return self._compared(node["children"])
        if kind == "OPERATOR" and node["type"] == "OPERATOR_COALESCE":
            parts = [self.holds(part) for part in node["children"]]
            return any(parts)
        if kind in ("OPERATOR", "CONJUNCTION"):
            is_null = node["type"] in ("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL")
            parts = [self.holds(part) for part in node["children"]]
            return self._computed(parts) if not is_null else False
        if kind in ("CAST", "SUBQUERY"):
            return self._computed([self.holds(node.get("child"))])
        return False

    def _of_function(self, node: Node) -> bool:
        name = str(node["function_name"]).lower()
        self.holds(node.get("filter") or node.get("filter_expr"))
        given = arguments(node)
        if node["class"] == "WINDOW":
            orders = [self.holds(one["expression"]) for one in node["orders"]]
            ends = [str(node.get(end)) for end in ("start", "end")]
            if any(orders) and any("EXPR" in end and "RANGE" in end for end in ends):
                self.problem(OF_ORDER)
        # The order by which a row is taken.
        values = [self.holds(part) for part in (given[:1] if name in TAKES_A_ROW else given)]
        if name in COUNTS:
            return False
        return any(values) if name in GIVES_ONE else self._computed(values)

    def _compared(self, parts: list[Node]) -> bool:
        held = [self.holds(part) for part in parts]
        return self._computed(held) if not all(held) else False

    def _computed(self, held: list[bool]) -> bool:
        if any(held):
            self.problem(OF_ORDER)
        return False


def of_union(branches: list[Node], relations: list[Relation], by_name: bool) -> frozenset[str]:
    """The columns of a union that hold a place in one of its branches."""
    if by_name:
        return frozenset(name for one in relations for name in one.places)
    items = [branch.get("select_list") or [] for branch in branches]
    # What is put together by place is called as in the first.
    found = (
        given_name(first)
        for listed, relation in zip(items[1:], relations[1:], strict=True)
        for first, one in zip(items[0], listed, strict=False)
        if given_name(one) in relation.places
    )
    if any(one.get("class") == "STAR" for listed in items for one in listed):
        # A star moves all places that come after it.
        found = (given_name(first) for first in items[0] if any(one.places for one in relations))
    return relations[0].places | {name for name in found if name}
