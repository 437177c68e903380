"""Balances of a customer: commits and credits with what is left of them."""

from decimal import Decimal
from typing import Any

from meterhouse.server.reading.commits import ledgers_of, payload_of
from meterhouse.server.reading.customers import check_customer
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.money import credit_types, exact, money, unit_id
from meterhouse.server.reading.paging import TEXT, Place, key_after, next_page
from meterhouse.server.reading.parameters import MAX_LIMIT, Asked, text_list, wrong
from meterhouse.server.reading.reader import Reader

DEFAULT_LIMIT = 25
ACCESS_TYPES = ("SPEND", "QUANTITY")
MODES = ("FINALIZED", "FINALIZED_AND_DRAFT")
BALANCE_TYPES = {"PREPAID_COMMIT": "prepaid", "POSTPAID_COMMIT": "postpaid", "CREDIT": "credit"}
MAX_FILTERS = 100
# What the SDK calls the credit type of balances in quantities.
NO_UNIT = "00000000-0000-0000-0000-000000000000"
# The customer of a contract that the price book no longer has is that of its invoices.
_OF_CUSTOMER = """
    of_customer as (
        select contract_id from {book.contracts} where customer_id = $customer
        union
        select invoices.contract_id
        from {invoices} as invoices
        anti join {book.contracts} as contracts on invoices.contract_id = contracts.contract_id
        where invoices.customer_id = $customer
    )
"""
# A balance that may be used now: of the segments in force at the publication's moment.
_COMMITS = f"""
    with {_OF_CUSTOMER},
    segments as (
        select
            *,
            starting_on <= $today and ending_before > $today as is_in_force
        from {{commit_balances}}
        where contract_id in (select contract_id from of_customer)
    )
    select
        commit_id,
        min(contract_id) as contract_id,
        min(type) as type,
        min(pricing_unit) as pricing_unit,
        min(starting_on) as created_on,
        coalesce(sum(remaining) filter (where is_in_force), 0)::decimal(20, 4) as balance,
        list(
            {{{{
                'segment': segment, 'starting_on': starting_on, 'ending_before': ending_before,
                'granted': granted, 'applied_finalized': applied_finalized,
                'applied_draft': applied_draft, 'expired': expired, 'remaining': remaining,
                'payment': payment, 'purchase_invoice_id': purchase_invoice_id,
                'is_in_force': is_in_force
            }}}}
            order by segment
        ) as segments
    from segments
    where coalesce(commit_id > $after, true) and ($commit is null or commit_id = $commit)
    group by commit_id
    having coalesce(bool_or(starting_on <= $covering and ending_before > $covering), true)
        and coalesce(bool_or(starting_on < $effective_before), true)
        and coalesce(bool_or(ending_before > $starting_at), true)
        and not ($without_zero and balance = 0)
    order by commit_id
    limit $rows
"""
_NET = f"""
    with {_OF_CUSTOMER}
    select
        commit_id, type,
        sum(remaining + if($with_drafts, 0, applied_draft))::decimal(20, 4) as balance
    from {{commit_balances}}
    where contract_id in (select contract_id from of_customer)
        and starting_on <= $today and ending_before > $today
        and pricing_unit = $unit
    group by all
    order by all
"""


def list_balances(reader: Reader, asked: Asked, place: Place) -> dict[str, Any]:
    """`contracts.list_balances`: commits and credits in the order of their ids."""
    customer = asked.needed("customer_id")
    limit = asked.limit(DEFAULT_LIMIT, MAX_LIMIT)
    access = asked.choice("access_type", ACCESS_TYPES)
    # Every balance is a contract's here: to leave those out is to leave out all.
    of_contracts = asked.boolean("include_contract_balances")
    with_balance = bool(asked.boolean("include_balance"))
    with_ledgers = bool(asked.boolean("include_ledgers"))
    # Nothing is archived here, so with it is as without.
    asked.boolean("include_archived")
    wanted = {
        "customer": customer,
        "today": reader.at.as_of.date(),
        "commit": asked.text("id"),
        "covering": asked.instant("covering_date"),
        "effective_before": asked.instant("effective_before"),
        "starting_at": asked.instant("starting_at"),
        "without_zero": bool(asked.boolean("exclude_zero_balances")),
        "rows": limit + 1,
    }
    asked.done()
    check_customer(reader, customer)
    if access == "QUANTITY" or of_contracts is False:
        return {"data": [], "next_page": None}
    rows = reader.rows(_COMMITS, wanted | key_after(place, {"after": TEXT}))
    shown = rows[:limit]
    ids = [row["commit_id"] for row in shown]
    ledgers = ledgers_of(reader, ids) if with_ledgers else {}
    data = payload_of(reader, shown, credit_types(reader))
    for row, payload in zip(shown, data, strict=True):
        if with_balance:
            payload["balance"] = money(row["balance"], row["pricing_unit"])
        if with_ledgers:
            payload["ledger"] = ledgers[row["commit_id"]]
    more = next_page(asked, reader.at, [ids[-1]]) if len(rows) > limit else None
    return {"data": data, "next_page": more}


def get_net_balance(reader: Reader, asked: Asked) -> dict[str, Any]:
    """`contracts.get_net_balance`: what may be used now, in one pricing unit."""
    customer = asked.needed("customer_id")
    access = asked.choice("access_type", ACCESS_TYPES)
    unit = asked.text("credit_type_id")
    mode = asked.choice("invoice_inclusion_mode", MODES) or "FINALIZED_AND_DRAFT"
    filters = _filters(asked)
    asked.done()
    check_customer(reader, customer)
    if access == "QUANTITY":
        if unit is not None:
            raise Refused(400, "credit_type_id cannot stand beside access_type QUANTITY.")
        return {"data": {"balance": 0.0, "balance_exact": "0", "credit_type_id": NO_UNIT}}
    unit = unit_id(unit or "USD")
    known = credit_types(reader)
    if unit not in known:
        raise Refused(
            400,
            f"There is no pricing unit {unit!r}; credit_type_id is one of "
            f"{', '.join(sorted(known))}, and USD where it is left out.",
        )
    wanted = {
        "customer": customer,
        "today": reader.at.as_of.date(),
        "unit": unit,
        "with_drafts": mode == "FINALIZED_AND_DRAFT",
    }
    balances = [
        row["balance"]
        for row in reader.rows(_NET, wanted)
        if not filters or any(_fits(row["commit_id"], row["type"], one) for one in filters)
    ]
    balance = sum(balances, Decimal("0.0000"))
    return {
        "data": {
            "balance": money(balance, unit),
            # The exact figure, in whole units: the SDK keeps fields that it does not know.
            "balance_exact": exact(balance),
            "credit_type_id": unit,
        }
    }


def _filters(asked: Asked) -> list[dict[str, list[str]]]:
    """What `filters` names: each a list of types, of ids, or both."""
    given = asked.value("filters")
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise wrong("filters", given, "a list of objects")
    if len(given) > MAX_FILTERS:
        raise Refused(400, f"filters has {len(given)} entries; at most {MAX_FILTERS} are taken.")
    found = []
    for one in given:
        unknown = sorted(one.keys() - {"balance_types", "ids"})
        if unknown:
            raise Refused(
                400,
                f"filters cannot be served by {', '.join(unknown)}: balances are told apart by "
                "balance_types and ids; they have no custom fields of their own.",
            )
        parts = {name: text_list(name, one[name], MAX_FILTERS) for name in one}
        for name in parts.get("balance_types", []):
            if name not in BALANCE_TYPES:
                raise wrong("balance_types", name, f"one of {', '.join(BALANCE_TYPES)}")
        found.append(parts)
    return found


def _fits(commit: str, kind: str, wanted: dict[str, list[str]]) -> bool:
    types = wanted.get("balance_types")
    ids = wanted.get("ids")
    return (types is None or kind in [BALANCE_TYPES[name] for name in types]) and (
        ids is None or commit in ids
    )
