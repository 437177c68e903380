"""Which pages there are: lists by their sections, each with the scope that it needs."""

from collections.abc import Callable
from dataclasses import dataclass

from meterhouse.server.office import live_lists, money_lists, usage_lists
from meterhouse.server.office.listing import Listing, LiveListing
from meterhouse.server.tokens import Scope

# Section → its lists, in the order in which they stand.
_SECTIONS: dict[str, tuple[Listing | LiveListing, ...]] = {
    "Invoices": (money_lists.INVOICES, money_lists.CREDIT_NOTES, money_lists.EDITED),
    "Receivables": (money_lists.RECEIVABLES,),
    "Reconciliation": (money_lists.RECONCILIATION, money_lists.PROVIDERS),
    "Usage": (
        usage_lists.HELD, usage_lists.UNRATED, usage_lists.UNSOLD, usage_lists.BAD_QUANTITIES,
        usage_lists.OUTCOMES, live_lists.REJECTED,
    ),
    "Alerts": (usage_lists.ALERTS,),
    "System": (
        live_lists.MESSAGES, live_lists.SOURCES, usage_lists.RUNS, live_lists.FAILURES,
    ),
}  # fmt: skip
LISTS = {one.name: one for lists in _SECTIONS.values() for one in lists}


@dataclass(frozen=True)
class Section:
    """A part of the navigation: its first page, and all of them as (name, title)."""

    title: str
    pages: tuple[tuple[str, str], ...]


def sections(may: Callable[[Scope], bool]) -> list[Section]:
    """What a token that `may` open these scopes is offered."""
    found = [
        Section(title, tuple((one.name, one.title) for one in lists if may(one.scope)))
        for title, lists in _SECTIONS.items()
    ]
    return [section for section in found if section.pages]
