"""Customers and pricing units, from the price book of the publication."""

from datetime import UTC, date, datetime, time
from typing import Any

from meterhouse.server.reading.errors import no_such
from meterhouse.server.reading.money import credit_type
from meterhouse.server.reading.paging import TEXT, Place, key_after, next_page
from meterhouse.server.reading.parameters import MAX_LIMIT, Asked
from meterhouse.server.reading.reader import Reader, Row

# An alias with dates is named on the days on which it is the customer's (S-9), and on no other:
# what another customer had before or has since must not show here.
_CUSTOMERS = """
    with aliases as (
        select alias, customer_id
        from {book.customer_aliases}
        where coalesce(starting_on <= $today, true) and coalesce(ending_before > $today, true)
    )
    select
        customers.customer_id,
        customers.name,
        (
            select coalesce(list(aliases.alias order by aliases.alias), [])
            from aliases where aliases.customer_id = customers.customer_id
        ) as aliases,
        (
            select min(contracts.starting_on)
            from {book.contracts} as contracts
            where contracts.customer_id = customers.customer_id
        ) as first_contract_on
    from {book.customers} as customers
    where coalesce(customers.customer_id > $after, true)
        and ($ids is null or list_contains($ids, customers.customer_id))
        and (
            $alias is null
            or customers.customer_id in (select customer_id from aliases where alias = $alias)
        )
    order by customers.customer_id
    limit $rows
"""
_UNKNOWN = """
    select customers.customer_id
    from (select unnest($customers) as customer_id) as customers
    anti join {book.customers} as known on customers.customer_id = known.customer_id
    anti join {invoices} as invoices on customers.customer_id = invoices.customer_id
    order by customers.customer_id
    limit 1
"""
_UNITS = """
    select pricing_unit, name, kind
    from {book.pricing_units}
    where coalesce(pricing_unit > $after, true)
    order by pricing_unit
    limit $rows
"""


def list_customers(reader: Reader, asked: Asked, place: Place) -> dict[str, Any]:
    """`customers.list`: a page of customers in the order of their ids."""
    limit = asked.limit(MAX_LIMIT)
    ids = asked.texts("customer_ids", MAX_LIMIT)
    alias = asked.text("ingest_alias")
    only_archived = asked.boolean("only_archived")
    asked.refuse("salesforce_account_ids", "customers have no Salesforce account here.")
    asked.done()
    # No customer is ever archived here: one that is taken out of the price book is gone from it.
    found = [] if only_archived else _customers(reader, limit + 1, place, ids, alias)
    more = next_page(asked, reader.at, [found[limit - 1]["id"]]) if len(found) > limit else None
    return {"data": found[:limit], "next_page": more}


def retrieve_customer(reader: Reader, asked: Asked, customer: str) -> dict[str, Any]:
    """`customers.retrieve`."""
    asked.done()
    found = _customers(reader, 1, Place(None, []), [customer], None)
    if not found:
        raise no_such("customer", customer)
    return {"data": found[0]}


def check_customer(reader: Reader, customer: str) -> None:
    """404 if neither the price book nor an invoice knows the customer."""
    check_customers(reader, [customer])


def check_customers(reader: Reader, customers: list[str]) -> None:
    """404 for the first that neither the price book nor an invoice knows."""
    unknown = reader.rows(_UNKNOWN, {"customers": customers}) if customers else []
    if unknown:
        raise no_such("customer", unknown[0]["customer_id"])


def list_pricing_units(reader: Reader, asked: Asked, place: Place) -> dict[str, Any]:
    """`pricing_units.list`: currencies and custom units of the price book."""
    limit = asked.limit(MAX_LIMIT)
    asked.done()
    rows = reader.rows(_UNITS, {"rows": limit + 1, **key_after(place, {"after": TEXT})})
    data = [
        credit_type(row["pricing_unit"], row["name"], row["kind"])
        | {"is_currency": row["kind"] == "currency"}
        for row in rows[:limit]
    ]
    more = next_page(asked, reader.at, [data[-1]["id"]]) if len(rows) > limit else None
    return {"data": data, "next_page": more}


def _customers(
    reader: Reader, rows: int, place: Place, ids: list[str] | None, alias: str | None
) -> list[dict[str, Any]]:
    asked = {"rows": rows, "ids": ids, "alias": alias, "today": reader.at.as_of.date()}
    found = reader.rows(_CUSTOMERS, asked | key_after(place, {"after": TEXT}))
    return [_detail(row, reader) for row in found]


def _detail(row: Row, reader: Reader) -> dict[str, Any]:
    first = row["first_contract_on"]
    # The price book has no such dates. The second is when it was first billed with as it is.
    created = midnight(first) if first else instant(reader.at.as_of)
    return {
        "id": row["customer_id"],
        "external_id": row["customer_id"],
        "name": row["name"],
        "ingest_aliases": row["aliases"],
        "created_at": created,
        "updated_at": instant(reader.at.book_since),
        "archived_at": None,
        "custom_fields": {},
        "customer_config": {"salesforce_account_id": None},
    }


def midnight(day: date | None) -> str | None:
    """A date as the instant at which it begins (S-2)."""
    return instant(datetime.combine(day, time(), UTC)) if day else None


def instant(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
