"""Cases as rows of a price book and of daily metric values; the ids carry the case's name."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from tests.pricing.cases import UNITS, Case, Override, Price, day

METRIC = "used_units"
Rows = dict[str, list[dict[str, object]]]


def write_rows(cases: Mapping[str, Case]) -> Rows:
    """Rows by table: each case has its own card, contract and product."""
    rows: Rows = defaultdict(list)
    rows["price_book.pricing_units"] = [
        {"price_book": "book", "pricing_unit": unit, "decimals": decimals, "kind": "currency"}
        for unit, decimals in UNITS.items()
    ]
    for name, case in cases.items():
        _add_contract(rows, name, case)
        for number, rate in enumerate(case.rates):
            rate_id = f"{name}-r{number}"
            row = rate_row(name, case.unit, rate_id, rate.start, rate.end, rate.model)
            add(rows, "rates", row | _priced(rate.price) | {"entitled": rate.entitled})
            _add_tiers(rows, rate_id, rate.price)
        for number, override in enumerate(case.overrides):
            _add_override(rows, name, f"{name}-o{number}", override)
        rows["metric_values"] += _daily_values(name, case)
    return rows


def add(rows: Rows, table: str, row: Mapping[str, object]) -> None:
    """One more row of a table of the price book."""
    rows[f"price_book.{table}"].append({"price_book": "book", **row})


def rate_row(
    name: str, unit: str, rate_id: str, start: int, end: int | None, model: str | None
) -> dict:
    """A rate row of the case's product without its price."""
    return {
        "rate_id": rate_id, "rate_card_id": name, "product_id": name,
        "pricing_group": _group(model), "starting_on": day(start), "ending_before": _end(end),
        "pricing_unit": unit, "entitled": True,
    }  # fmt: skip


def override_row(name: str, override_id: str, start: int, end: int | None) -> dict:
    """An override of the case's contract and product without its effect."""
    return {
        "override_id": override_id, "contract_id": name, "product_id": name, "tag": None,
        "pricing_group": "{}", "starting_on": day(start), "ending_before": _end(end),
        "priority": 0,
    }  # fmt: skip


def product_row(product_id: str) -> dict:
    """A usage product, priced by model and explained by user."""
    return {
        "product_id": product_id, "name": product_id, "type": "usage", "tags": [],
        "pricing_group_keys": ["model"], "presentation_group_keys": ["user"],
    }  # fmt: skip


def pointer_row(product_id: str, start: int) -> dict:
    """The product's metric from a day on."""
    return {"product_id": product_id, "metric": METRIC, "version": 1, "starting_on": day(start)}


def _add_contract(rows: Rows, name: str, case: Case) -> None:
    operation, factor = case.conversion or (None, None)
    method, decimals = case.rounding or (None, None)
    converted = {
        "conversion_operation": operation, "conversion_factor": factor,
        "rounding_method": method, "rounding_decimals": decimals,
    }  # fmt: skip
    add(rows, "products", product_row(name) | converted)
    add(rows, "product_metrics", pointer_row(name, -400))
    add(rows, "rate_cards", {"rate_card_id": name, "name": name, "currency": case.unit})
    contract = {
        "contract_id": name, "customer_id": name, "rate_card_id": name,
        "starting_on": date(2026, 1, 1), "ending_before": None, "billing_frequency": "monthly",
        "billing_anchor": "first_of_month", "net_payment_days": 30, "late_usage": "next_invoice",
    }  # fmt: skip
    add(rows, "contracts", contract)


def _add_override(rows: Rows, name: str, override_id: str, override: Override) -> None:
    row = override_row(name, override_id, override.start, override.end)
    row |= {"pricing_group": _group(override.model), "priority": override.priority}
    value = override.value
    if isinstance(value, Price):
        add(rows, "contract_overrides", row | _priced(value) | {"override_type": "overwrite"})
        _add_tiers(rows, override_id, value)
    elif isinstance(value, Decimal):
        add(rows, "contract_overrides", row | {"override_type": "multiplier", "multiplier": value})
    else:
        add(rows, "contract_overrides", row | {"override_type": "entitlement", "entitled": value})


def _priced(price: Price) -> dict:
    return {"rate_type": price.kind, "price": price.price, "package_size": price.size}


def _add_tiers(rows: Rows, owner: str, price: Price) -> None:
    for number, tier in enumerate(price.tiers, start=1):
        row = {"rate_id": owner, "tier": number, "up_to": tier.up_to, "price": tier.price}
        add(rows, "rate_tiers", row | {"flat_fee": tier.fee})


def _daily_values(name: str, case: Case) -> list[dict]:
    totals: dict[tuple, Decimal] = defaultdict(Decimal)
    for used in case.usage:
        totals[used.day, used.model, used.user] += used.quantity
    return [
        {
            "metric": METRIC, "metric_version": 1, "contract_id": name,
            "window_start": day(number), "window_end": day(number) + timedelta(days=1),
            "metric_group": group_text(model=model, user=user), "quantity": quantity,
        }
        for (number, model, user), quantity in totals.items()
    ]  # fmt: skip


def group_text(**values: str | None) -> str:
    """A group as the marts write it."""
    return json.dumps(values, separators=(",", ":"), sort_keys=True)


def _group(model: str | None) -> str:
    return "{}" if model is None else group_text(model=model)


def _end(number: int | None) -> date | None:
    return None if number is None else day(number)
