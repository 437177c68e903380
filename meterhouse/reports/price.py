"""`meterhouse price`: the rate that would apply, and why."""

import json
from datetime import date

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

from meterhouse.price_book import PriceBook
from meterhouse.reports.price_data import Priced, Row, find_price
from meterhouse.reports.text import Text, group, number, percentage

UNITS = {"subscription": "per unit and billing period"}


def print_price(
    book: PriceBook,
    customer: str,
    product: str,
    pricing_group: str,
    day: date,
    console: Console | None = None,
) -> None:
    """Print the answer under each contract of that day. Raises the errors of `find_price`."""
    console = console or Console()
    if not console.is_terminal:
        console = Console(file=console.file, width=200, color_system=None, highlight=False)
    for answer in find_price(book, customer, product, pricing_group, day):
        _print_answer(console, answer)


def _print_answer(console: Console, answer: Priced) -> None:
    contract, product = answer.contract, answer.product
    console.print(
        Text.assemble(
            (f"{product['name']} ({product['product_id']}, {product['type']})", "bold"),
            f" under contract {contract['contract_id']} of {contract['customer_id']}, "
            f"rate card {contract['rate_card_id']}, on {answer.day}",
        )
    )
    if answer.pricing_group != "{}":
        console.print(Text(f"Pricing group: {group(answer.pricing_group)}"))
    if answer.outcome.get("metric"):
        outcome = answer.outcome
        console.print(Text(f"Metered by {outcome['metric']} version {outcome['metric_version']}"))
    if answer.rates:
        console.print(_rates(answer))
    if answer.overrides:
        console.print(_overrides(answer))
    for line in _verdict(answer):
        console.print(line)
    if answer.tiers and answer.outcome["is_entitled"]:
        console.print(_tiers(answer))
    console.print()


def _rates(answer: Priced) -> Table:
    table = _table("Rate rows of the product on the card", "group", "type", "price")
    for row in answer.rates:
        wins = row["rate_id"] == answer.outcome["rate_id"]
        cells = [group(row["pricing_group"]) or "(any)", row["rate_type"], _listed_price(row)]
        _add(table, row["rate_id"], row, cells, wins, _why_rate(answer, row, wins))
    return table


def _why_rate(answer: Priced, row: Row, wins: bool) -> str:
    if wins:
        return "applies" if row["entitled"] else "applies, and is not entitled"
    if not row["is_valid"]:
        return f"not on {answer.day}"
    if not row["agrees"]:
        return _disagreement(answer, row)
    return f"names fewer keys than {answer.outcome['rate_id']}"


def _overrides(answer: Priced) -> Table:
    table = _table("Overrides of the contract for the product", "group", "type", "value")
    winners: dict[bool, str | None] = {True: None, False: None}
    for row in answer.overrides:
        applies = row["is_valid"] and row["agrees"] and answer.price is not None
        is_entitlement = row["override_type"] == "entitlement"
        wins = applies and winners[is_entitlement] is None
        if wins:
            winners[is_entitlement] = row["override_id"]
        why = "applies"
        if not row["is_valid"]:
            why = f"not on {answer.day}"
        elif not row["agrees"]:
            why = _disagreement(answer, row)
        elif answer.price is None:
            why = "there is no rate that it could change (S-33)"
        elif not wins:
            why = f"{winners[is_entitlement]} goes before it (S-32)"
        cells = [group(row["pricing_group"]) or "(any)", row["override_type"], _override_value(row)]
        _add(table, row["override_id"], row, cells, wins, why)
    return table


def _verdict(answer: Priced) -> list[RenderableType]:
    contract, product = answer.contract, answer.product
    card, name = contract["rate_card_id"], product["product_id"]
    if not answer.rates:
        return [
            Text(f"Not sold: rate card {card} has no row for {name} (S-23).", "yellow"),
            Text(f"To sell it, add a row to rates.csv: rate_card_id {card}, product_id {name}."),
        ]
    if answer.price is None:
        return [
            Text("No rate: the usage would be in unrated_usage as no_rate (S-23).", "yellow"),
            Text(
                f"Missing in rates.csv: rate_card_id {card}, product_id {name}, "
                f"valid on {answer.day}, {_wanted_group(answer)}."
            ),
        ]
    if not answer.outcome["is_entitled"]:
        return [
            Text("Not entitled: metered, and not billed (S-22).", "yellow"),
            Text(
                "To bill it, set entitled in rates.csv, or add an entitlement override of "
                f"contract {contract['contract_id']}."
            ),
        ]
    price = (_price(answer.price, product["type"]), "bold green")
    return [Text.assemble(("Price: ", "bold"), price, _from(answer.price))]


def _wanted_group(answer: Priced) -> str:
    has = {key: value for key, value in json.loads(answer.pricing_group).items() if value}
    if not has:
        return "with an empty pricing_group"
    text = json.dumps(has, ensure_ascii=False, separators=(",", ":"))
    return f"with a pricing_group that is {text}, a part of it, or empty"


def _price(price: Row, product_type: str) -> str:
    if price["unit_price"] is None:
        return f"{price['rate_type']}, by the tiers below"
    if product_type == "composite":
        bounds = [
            f"{label} {number(price[column])}"
            for label, column in (("at least", "minimum_amount"), ("at most", "maximum_amount"))
            if price[column] is not None
        ]
        return ", ".join([percentage(price["unit_price"]), *bounds])
    unit = UNITS.get(product_type, "per unit")
    if price["rate_type"] == "package":
        unit = f"per started package of {number(price['package_size'])}"
    return f"{number(price['unit_price'])} {price['pricing_unit']} {unit}"


def _from(price: Row) -> str:
    text = f"  rate {price['rate_id']}"
    if price["override_id"]:
        text += f", override {price['override_id']}"
        if price["list_unit_price"] is not None:
            text += f", list price {number(price['list_unit_price'])}"
    if price["commit_price"] is not None:
        text += f", {number(price['commit_price'])} where a commit at commit rates covers it (S-42)"
    return text


def _tiers(answer: Priced) -> Table:
    table = Table(title="Tiers", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("tier", "above", "up to", "price", "list price", "flat fee"):
        table.add_column(title, justify="right")
    for tier in answer.tiers:
        names = ("lower_bound", "upper_bound", "unit_price", "list_unit_price", "flat_fee")
        table.add_row(str(tier["tier"]), *(number(tier[name]) for name in names))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "id", "from", "before", *columns, "why"):
        table.add_column(name, overflow="fold")
    return table


def _add(table: Table, name: str, row: Row, cells: list[str], wins: bool, why: str) -> None:
    valid = [str(row["starting_on"]), str(row["ending_before"] or "")]
    texts = [Text(cell) for cell in ("→" if wins else "", name, *valid, *cells, why)]
    table.add_row(*texts, style="bold" if wins else "dim")


def _listed_price(row: Row) -> str:
    if row["price"] is None:
        return "tiers"
    return percentage(row["price"]) if row["rate_type"] == "percentage" else number(row["price"])


def _override_value(row: Row) -> str:
    if row["override_type"] == "multiplier":
        return f"× {number(row['multiplier'])}"
    if row["override_type"] == "entitlement":
        return "entitled" if row["entitled"] else "not entitled"
    return f"{row['rate_type']} {number(row['price'])}".strip()


def _disagreement(answer: Priced, row: Row) -> str:
    has, wants = json.loads(answer.pricing_group), json.loads(row["pricing_group"])
    keys = [key for key in wants if has.get(key) != wants[key]]
    return "is for another " + ", ".join(keys)
