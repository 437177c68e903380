"""What a part of a metric's query gives: whose rows they are, and what tells them apart."""

from dataclasses import dataclass

from meterhouse.metrics.allowed.names import own_column
from meterhouse.metrics.allowed.tree import Node

# What tells the windows of all contracts apart; `price_book` follows from it.
WINDOW = ("contract_id", "window_start", "window_end")
# What tells the rows of one price book from those of others: a lookup table has all of them.
BOOK = ("price_book",)
# What an event has: the columns of billable_events().
OF_EVENTS = (
    *(*WINDOW, "price_book", "event_type", "event_date", "timestamp", "event_seq"),
    *("transaction_id", "properties", "property_texts"),
)
TOGETHER = (
    f"the windows of all contracts are computed together, so name {', '.join(WINDOW)}, "
    "or one customer's events count for another."
)
OF_BOOK = (
    "a lookup table has the rows of all price books, so join, group, rank and select them by "
    "price_book, or a changed file counts for closed periods too (S-43)."
)


@dataclass(frozen=True)
class Relation:
    """What a query reads or gives: whether it has rows of windows, and what tells them apart.

    `keys` are sets of columns, each of which is unique in a window: no key, no order without ties.
    `aliases` are the names of its tables that have the window of every row, `tables` of all that
    have events: those of an outer join may be null. `columns` are some that it surely has, `leads`
    says that its first table has events, so that `contract_id` of `*` is theirs. Of lookup tables
    alone (`is_lookup`) the same with the price book for the window. `is_dated`: `event_date` is
    the events' own.
    """

    is_events: bool = False
    is_lookup: bool = False
    is_dated: bool = False
    keys: tuple[frozenset[str], ...] = ()
    aliases: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    leads: bool = True

    @property
    def ties(self) -> tuple[str, ...]:
        """The columns by which its rows must be kept apart."""
        return WINDOW if self.is_events else BOOK if self.is_lookup else ()

    @property
    def rows(self) -> str:
        """What its rows are, in a sentence."""
        return "events" if self.is_events else "rows of a lookup"

    @property
    def kept_apart(self) -> str:
        """What they are kept apart by, in a sentence."""
        return "window" if self.is_events else "price_book"

    @property
    def together(self) -> str:
        """Why, as the end of a sentence."""
        return TOGETHER if self.is_events else OF_BOOK

    def is_day(self, node: Node) -> bool:
        """Whether a column is a day of its window: a series of such has bounds."""
        name = own_column(node, self.aliases)
        days = ("window_start", "window_end", *(("event_date",) if self.is_dated else ()))
        return self.is_events and name in days


ONE_EVENT = Relation(
    True,
    is_dated=True,
    keys=(frozenset({"event_seq"}), frozenset({"transaction_id"})),
    columns=frozenset(OF_EVENTS),
)
ONE_LOOKUP = Relation(is_lookup=True, columns=frozenset(BOOK))
CONSTANT = Relation(leads=False)


def joined(kind: str, left: Relation, right: Relation) -> Relation:
    """What a join gives that keeps both sides: rows of events if one side has them."""
    is_events = left.is_events or right.is_events
    own = [side if side.is_events == is_events else CONSTANT for side in (left, right)]
    # Rows that an outer join adds have no window of the other side.
    sure = {
        "LEFT": own[0].aliases,
        "RIGHT": own[1].aliases,
        "FULL": frozenset[str](),
        "OUTER": frozenset[str](),
    }
    both = own[0].aliases | own[1].aliases
    # A row may meet several of the other side, so that nothing tells the pairs apart.
    return Relation(
        is_events,
        not is_events and (left.is_lookup or right.is_lookup),
        all(side.is_dated for side in own if side.is_events),
        aliases=sure.get(kind, both) - (own[0].tables & own[1].tables),
        tables=own[0].tables | own[1].tables,
        columns=left.columns | right.columns,
        leads=bool(own[0].ties) and left.leads,
    )
