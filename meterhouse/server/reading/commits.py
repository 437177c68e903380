"""Commits and credits as the SDK describes them: schedules, what they apply to, their ledgers."""

import json
from decimal import Decimal
from typing import Any

from meterhouse.server.reading.customers import midnight
from meterhouse.server.reading.money import exact, money, type_of
from meterhouse.server.reading.reader import Reader, Row

# A commit that a threshold bought (S-58) is not in the price book: its purchase line says what it
# is, and it is paid in the card's currency.
_TERMS = """
    with bought as (
        select commit_id, arg_min(product_id, invoice_id) as product_id,
            arg_min(product_name, invoice_id) as product_name
        from {invoice_lines}
        where line_type = 'commit_purchase' and list_contains($commits, commit_id)
        group by all
    )
    select
        ids.commit_id,
        commits.commit_id is null as is_automatic,
        coalesce(commits.product_id, bought.product_id, '') as product_id,
        coalesce(products.name, bought.product_name, '') as product_name,
        coalesce(commits.name, bought.product_name) as name,
        coalesce(commits.priority, 100) as priority,
        coalesce(commits.rate_type, 'list') as rate_type,
        cards.currency
    from (select unnest($commits) as commit_id) as ids
    left join {book.commits} as commits on ids.commit_id = commits.commit_id
    left join bought on ids.commit_id = bought.commit_id
    left join {book.products} as products on commits.product_id = products.product_id
    left join {book.contracts} as contracts on commits.contract_id = contracts.contract_id
    left join {book.rate_cards} as cards on contracts.rate_card_id = cards.rate_card_id
"""
_APPLIES = """
    select commit_id, product_id, tag, pricing_group
    from {book.commit_applies_to}
    where list_contains($commits, commit_id)
    order by all
"""
_PURCHASES = """
    with lines as (
        select lines.commit_id, invoices.issue_on, max(invoices.invoice_id) as invoice_id
        from {invoice_lines} as lines
        inner join {invoices} as invoices on lines.invoice_id = invoices.invoice_id
        where lines.line_type = 'commit_purchase' and invoices.status <> 'void'
            and list_contains($commits, lines.commit_id)
        group by all
    )
    select purchases.commit_id, purchases.invoice_on, purchases.amount, lines.invoice_id
    from {book.commit_invoices} as purchases
    left join lines
        on purchases.commit_id = lines.commit_id and purchases.invoice_on = lines.issue_on
    where list_contains($commits, purchases.commit_id)
    order by all
"""
_LEDGER = """
    select ledger.*, balances.type, balances.pricing_unit
    from {commit_ledger} as ledger
    inner join {commit_balances} as balances
        on ledger.commit_id = balances.commit_id and ledger.segment = balances.segment
    where list_contains($commits, ledger.commit_id)
    order by ledger.commit_id, ledger.segment, ledger.entry_number
"""
_SUMS = ("granted", "applied_finalized", "applied_draft", "expired", "remaining")


def payload_of(
    reader: Reader, rows: list[Row], units: dict[str, dict[str, str]]
) -> list[dict[str, Any]]:
    """The SDK's Commit or Credit of each row of balances, without `balance` and `ledger`."""
    if not rows:
        return []
    asked = {"commits": [row["commit_id"] for row in rows]}
    terms = {row["commit_id"]: row for row in reader.rows(_TERMS, asked)}
    applies, purchases = (_by_commit(reader.rows(query, asked)) for query in (_APPLIES, _PURCHASES))
    return [
        _payload(
            row,
            terms[row["commit_id"]],
            units,
            applies.get(row["commit_id"], []),
            purchases.get(row["commit_id"], []),
        )
        for row in rows
    ]


def ledgers_of(reader: Reader, commits: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Commit → its movements, segment by segment, in the order of the mart."""
    found: dict[str, list[dict[str, Any]]] = {commit: [] for commit in commits}
    if commits:
        for row in reader.rows(_LEDGER, {"commits": commits}):
            found[row["commit_id"]].append(_entry(row))
    return found


def _payload(
    row: Row, terms: Row, units: dict[str, dict[str, str]], applies: list[Row], purchases: list[Row]
) -> dict[str, Any]:
    id, unit, kind = row["commit_id"], row["pricing_unit"], row["type"].upper()
    sums = {name: sum((one[name] for one in row["segments"]), Decimal()) for name in _SUMS}
    fields = {name: exact(value) for name, value in {"balance": row["balance"], **sums}.items()}
    if terms["is_automatic"]:
        fields["bought_by"] = "threshold"
    fields |= _payment(row["segments"])
    payload = {
        "id": id,
        "type": kind,
        "name": terms["name"],
        "product": {"id": terms["product_id"], "name": terms["product_name"]},
        "contract": {"id": row["contract_id"]},
        "created_at": midnight(row["created_on"]),
        "priority": float(terms["priority"]),
        "rate_type": f"{terms['rate_type'].upper()}_RATE",
        "access_schedule": {
            "access_type": "SPEND",
            "credit_type": type_of(units, unit),
            "schedule_items": [
                {
                    "id": f"{id}.{one['segment']}",
                    "amount": money(one["granted"], unit),
                    "starting_at": midnight(one["starting_on"]),
                    "ending_before": midnight(one["ending_before"]),
                }
                for one in row["segments"]
            ],
        },
        "custom_fields": fields,
        **_applicability(applies),
    }
    if kind != "CREDIT":
        payload["invoice_contract"] = {"id": row["contract_id"]}
        payload["invoice_schedule"] = _invoice_schedule(terms, units, purchases)
    return payload


def _payment(segments: list[Row]) -> dict[str, str]:
    """Of a commit that gives nothing until it is paid (S-73): how that stands, and which invoice
    must be paid; of a segment that is in force and not paid, if there is one."""
    gated = [one for one in segments if one["payment"] is not None]
    if not gated:
        return {}
    one = min(gated, key=lambda each: (not each["is_in_force"], each["payment"] == "paid"))
    invoice = one["purchase_invoice_id"]
    return {"payment": one["payment"], **({"purchase_invoice_id": invoice} if invoice else {})}


def _applicability(applies: list[Row]) -> dict[str, Any]:
    """What the balance may pay; nothing where it may pay everything.

    Rows with a pricing group are specifiers alone: the two lists could not say the group.
    """
    if not applies:
        return {}
    found: dict[str, Any] = {
        "specifiers": [
            {
                "product_id": row["product_id"],
                "product_tags": [row["tag"]] if row["tag"] else None,
                "pricing_group_values": _texts(row["pricing_group"]),
            }
            for row in applies
        ]
    }
    if all((row["pricing_group"] or "{}") == "{}" for row in applies):
        products = [row["product_id"] for row in applies if row["product_id"]]
        tags = [row["tag"] for row in applies if row["tag"]]
        found |= {"applicable_product_ids": products} if products else {}
        found |= {"applicable_product_tags": tags} if tags else {}
    return found


def _texts(group: str | None) -> dict[str, str] | None:
    values = json.loads(group or "{}")
    return {key: "null" if value is None else value for key, value in values.items()} or None


def _invoice_schedule(
    terms: Row, units: dict[str, dict[str, str]], purchases: list[Row]
) -> dict[str, Any] | None:
    currency = terms["currency"]
    if currency is None or not purchases:
        return None
    return {
        "credit_type": type_of(units, currency),
        "schedule_items": [
            {
                "id": f"{terms['commit_id']}.{one['invoice_on'].isoformat()}",
                "amount": money(one["amount"], currency),
                "quantity": 1.0,
                "unit_price": money(one["amount"], currency),
                "timestamp": midnight(one["invoice_on"]),
                "invoice_id": one["invoice_id"],
            }
            for one in purchases
        ],
    }


def _entry(row: Row) -> dict[str, Any]:
    """One movement under the name that the SDK has for it."""
    kind, moved, unit = row["type"], row["entry_type"], row["pricing_unit"]
    segment, invoice = f"{row['commit_id']}.{row['segment']}", row["invoice_id"]
    entry = {"amount": money(row["amount"], unit), "timestamp": midnight(row["entry_on"])}
    entry |= {"amount_exact": exact(row["amount"])}
    if kind == "postpaid":
        if moved == "application" and invoice is None:
            # Once the true-up is final, what was counted until then is one entry (S-37).
            why = "Counted by final invoices until the true-up."
            return entry | {"type": "POSTPAID_COMMIT_MANUAL", "reason": why}
        names = {
            "grant": "INITIAL_BALANCE",
            "application": "AUTOMATED_INVOICE_DEDUCTION",
            "true_up": "TRUEUP",
            "expiry": "EXPIRATION",
        }
        of_invoice = {"invoice_id": invoice, "contract_id": row["contract_id"]} if invoice else {}
        parts = {"segment_id": segment} if moved == "application" else {}
        return entry | {"type": f"POSTPAID_COMMIT_{names[moved]}", **of_invoice, **parts}
    prefix = "CREDIT" if kind == "credit" else "PREPAID_COMMIT"
    entry["segment_id"] = segment
    if moved == "application":
        given_back = row["amount"] > 0
        name = "CREDITED" if given_back else "AUTOMATED_INVOICE_DEDUCTION"
        parts = {"invoice_id": invoice, "contract_id": row["contract_id"]}
        return entry | {"type": f"{prefix}_{name}", **parts}
    if moved == "rollover" and row["amount"] < 0:
        # Into a later segment of the same commit.
        return entry | {"type": f"{prefix}_ROLLOVER", "new_contract_id": row["contract_id"]}
    name = "EXPIRATION" if moved == "expiry" else "SEGMENT_START"
    return entry | {"type": f"{prefix}_{name}"}


def _by_commit(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["commit_id"], []).append(row)
    return found
