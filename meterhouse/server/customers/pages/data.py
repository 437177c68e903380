"""What a customer's pages say, each a few queries over what is its own."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from meterhouse.html.words import group_words
from meterhouse.server.customers.lists import LISTS
from meterhouse.server.customers.own import Own
from meterhouse.server.customers.pages.series import Series, by_day
from meterhouse.server.reading.catalogue import CATALOGUES
from meterhouse.server.reading.publication import Publication
from meterhouse.server.reading.reader import Row

if TYPE_CHECKING:
    from decimal import Decimal

DAYS, MOST_VALUES = 60, 20
# What is bought or trued up is no spend of a day; what it pays for is.
_SPENT = """
    status <> 'void' and pricing_unit = currency and line_type <> 'commit_purchase'
    and service_on >= $first and service_on <= $last
"""
_BY_PRODUCT = f"""
    select service_on, currency, coalesce(product_name, line_type) as name, sum(amount) as amount
    from {{spend_daily}} where {_SPENT}
    group by all order by all
"""
_BY_GROUP = f"""
    select
        service_on, currency, pricing_group, presentation_group, sum(amount) as amount
    from {{spend_daily}}
    where {_SPENT} and (pricing_group <> '{{{{}}}}' or presentation_group <> '{{{{}}}}')
    group by all order by all
"""
_USAGE = """
    -- a customer's day is the same under each of its contracts; of two versions the newer one
    select usage_date, metric, metric_version, "group", min(quantity) as quantity
    from {usage_daily}
    where usage_date >= $first and usage_date <= $last
        and (metric, metric_version) in (
            select (metric, max(metric_version)) from {usage_daily}
            where usage_date >= $first and usage_date <= $last group by metric
        )
    group by all
    order by all
"""
_EXPECTED = """
    select contract_id, period_start, amount_low, amount_middle, amount_high, as_of
    from {forecasts} where kind = 'total'
"""
_UNITS = "select pricing_unit, decimals from {book.pricing_units}"
_MOST = 100_000
# Of a publication for everybody the same, so each page need not ask.
_DECIMALS: dict[Publication, dict[str, int]] = {}
_MOST_PUBLICATIONS = 4


@dataclass(frozen=True)
class Frame:
    """What every page says: whose it is, of which moment."""

    customer: str
    name: str
    as_of: Any
    publication: str
    decimals: dict[str, int]


def frame(own: Own) -> Frame:
    """The customer and the publication."""
    if own.at not in _DECIMALS:
        if len(_DECIMALS) >= _MOST_PUBLICATIONS:
            _DECIMALS.clear()
        _DECIMALS[own.at] = {row["pricing_unit"]: row["decimals"] for row in own.rows(_UNITS)}
    return Frame(own.customer, own.name(), own.at.as_of, own.at.name, _DECIMALS[own.at])


def overview(own: Own) -> dict[str, Any]:
    """Periods so far, spend by product, balances, the last invoices."""
    invoices = listed(own, "invoices")
    open_periods = [
        row for row in invoices if row["status"] == "draft" and row["invoice_type"] == "usage"
    ]
    return {
        "periods": with_pages(with_expected(own, open_periods)),
        "charts": by_product(own),
        "balances": balances(own),
        "invoices": with_pages([row for row in invoices if row["status"] != "draft"][:6]),
    }


def with_expected(own: Own, periods: list[Row]) -> list[Row]:
    """Open periods, each with `expected`: what its invoice will come to (S-85), if it is known."""
    found = {(row["contract_id"], row["period_start"]): row for row in own.rows(_EXPECTED)}
    return [
        {**row, "expected": found.get((row["contract_id"], row["period_start"]))} for row in periods
    ]


def spend(own: Own) -> dict[str, Any]:
    """Spend by product and by each key of the groups."""
    return {"charts": by_product(own), "groups": by_group(own)}


def by_product(own: Own) -> dict[str, Series]:
    """Currency → amount before balances by day and product."""
    return _charts(own, [(row, row["name"]) for row in own.rows(_BY_PRODUCT, _days(own))])


def by_group(own: Own) -> list[tuple[str, str, Series]]:
    """Group key, currency and the amount by day and value of the key; of what has the key."""
    of_keys: dict[str, list[tuple[Row, str]]] = {}
    read = cache(json.loads)
    for row in own.rows(_BY_GROUP, _days(own)):
        group = {**read(row["pricing_group"]), **read(row["presentation_group"])}
        for key, value in group.items():
            of_keys.setdefault(key, []).append((row, "none" if value is None else value))
    return [
        (key, currency, chart)
        for key, rows in sorted(of_keys.items())
        for currency, chart in _charts(own, rows).items()
    ]


def usage(own: Own) -> dict[str, Any]:
    """Metric → its value by day. Only sums are added up to the values of one group key."""
    known = CATALOGUES.of(own.home, own.at.name).metrics
    rows: dict[tuple[str, int], list[Row]] = {}
    for row in own.rows(_USAGE, _days(own)):
        rows.setdefault((row["metric"], row["metric_version"]), []).append(row)
    first, last = _days(own).values()
    found = []
    for (name, version), of_metric in rows.items():
        metric = known.get(f"{name}_v{version}")
        adds_up = metric is not None and metric.adds_up and metric.rollup == "sum"
        # Few groups have many days.
        words = cache(_by_one_key(of_metric) if adds_up else group_words)
        values = [
            (row["usage_date"], words(row["group"]) or "all", row["quantity"]) for row in of_metric
        ]
        found.append((name, by_day(values, first, last, adds_up=adds_up)))
    return {"metrics": found}


def _by_one_key(rows: list[Row]) -> Callable[[str], str]:
    """A group's value of the key that has fewest, but more than one: the rest are added up.

    Of a key with more than MOST_VALUES, like users, a picture would show others alone.
    """
    seen: dict[str, set[str | None]] = {}
    for group in {row["group"] for row in rows}:
        for key, value in json.loads(group).items():
            seen.setdefault(key, set()).add(value)
    several = [key for key, values in seen.items() if 1 < len(values) <= MOST_VALUES]
    if not several:
        return lambda _: ""
    key = min(several, key=lambda one: (len(seen[one]), one))
    return lambda group: group_words(json.dumps({key: json.loads(group).get(key)}))


def invoices(own: Own) -> dict[str, Any]:
    """All invoices, drafts first."""
    rows = with_pages(listed(own, "invoices"))
    return {"invoices": sorted(rows, key=lambda row: row["status"] != "draft")}


def invoice(own: Own, slug: str) -> dict[str, Any] | None:
    """One invoice by the name of its page; None if the customer has none of that name."""
    found = [row for row in listed(own, "invoices") if slug_of(row["invoice_id"]) == slug]
    if not found:
        return None
    wanted = {"invoice_id": found[0]["invoice_id"]}
    lines = LISTS["invoice-lines"].rows(own, wanted, _MOST, 0)
    parts: dict[int, list[Row]] = {}
    for row in LISTS["invoice-breakdowns"].rows(own, wanted, _MOST, 0):
        parts.setdefault(row["line_number"], []).append(row)
    documents = own.documents.of_invoice(found[0]["invoice_id"])
    return {"invoice": found[0], "lines": lines, "parts": parts, "documents": documents}


def balances(own: Own) -> list[Row]:
    """Commits and credits that may be used today or later, and what is left of each."""
    today = own.at.as_of.date()
    return [
        {**row, "is_ahead": row["starting_on"] > today}
        for row in listed(own, "balances")
        if row["ending_before"] > today and row["granted"]
    ]


def listed(own: Own, name: str) -> list[Row]:
    """All rows of a list, up to a bound that no page could show."""
    of = LISTS[name]
    return of.rows(own, dict.fromkeys(of.asks), _MOST, 0)


def with_pages(rows: list[Row]) -> list[Row]:
    """With the name of each invoice's page."""
    return [{**row, "page": f"invoice-{slug_of(row['invoice_id'])}.html"} for row in rows]


def slug_of(invoice_id: str) -> str:
    """What names an invoice's page: ids may have any character."""
    return hashlib.sha256(invoice_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _charts(own: Own, rows: list[tuple[Row, str]]) -> dict[str, Series]:
    first, last = _days(own).values()
    of_currencies: dict[str, list[tuple[date, str, Decimal]]] = {}
    for row, name in rows:
        values = of_currencies.setdefault(row["currency"], [])
        values.append((row["service_on"], name, row["amount"]))
    return {
        currency: by_day(values, first, last) for currency, values in sorted(of_currencies.items())
    }


def _days(own: Own) -> dict[str, date]:
    today = own.at.as_of.date()
    return {"first": today - timedelta(DAYS - 1), "last": today}
