"""What happened, in tables: everything from the published marts, nothing computed on the side."""

from decimal import Decimal

from rich.console import Console, Group, RenderableType
from rich.text import Text

from demo import figures
from demo.marts import Marts
from demo.tables import money, plain, table_of

REASONS = {  # what a rejected line's code means, in a few words
    "bad_encoding": "not UTF-8",
    "not_json": "does not parse: cut off on the way",
    "not_an_object": "JSON, but not an object",
    "duplicate_key": "one key twice: which one counts?",
    "unknown_field": "a typing error in a field's name",
    "missing_field": "no customer: whom to bill?",
    "bad_type": "a required field is not text",
    "bad_timestamp": "no time zone",
    "too_old": "older than 34 days",
    "in_future": "more than 24 hours ahead: a wrong clock",
}
OUTCOMES = {
    "metered": "used under a contract",
    "duplicate": "sent again, unchanged: billed once",
    "conflict": "same id, other content: the first one counts",
    "unmatched": "no such customer or alias: add one and it is billed",
    "outside_contract": "before the contract's start or after its end",
    "retracted": "taken back: counts as never sent",
    "late_reported": "after the invoice, and the contract wants it listed only",
}


def show(console: Console, marts: Marts) -> None:
    """Prints all sections for which the marts are there."""
    sections = (
        ("Revenue by product and month", revenue(marts)),
        ("The largest invoices for usage", largest(marts)),
        ("Drafts: what the open periods come to so far", drafts(marts)),
        ("Late usage: what arrived after its invoice", late(marts)),
        ("Commits and credits", balances(marts)),
        ("Every line that was sent has one outcome", outcomes(marts)),
        ("Usage that nobody pays for, and why", unbilled(marts)),
    )
    for title, content in sections:
        if content is not None:
            console.print()
            console.rule(f"[bold]{title}", align="left", style="dim")
            console.print(content)


def revenue(marts: Marts) -> RenderableType | None:
    """Product by month for each currency, with totals and what balances paid of it."""
    rows = marts.rows(figures.REVENUE, "invoices", "invoice_lines")
    if not rows:
        return None
    table = table_of("", "product", "January", "February", "March", "April", "total", numbers=5)
    settled = {currency: row for currency, *row in marts.rows(figures.SETTLED)}
    for currency in dict.fromkeys(row[0] for row in rows):
        mine = [row for row in rows if row[0] == currency]
        for number, (_, product, *amounts) in enumerate(mine):
            table.add_row(
                currency if number == 0 else "", product, *(money(a, currency) for a in amounts)
            )
        totals = [sum((row[column] for row in mine), Decimal(0)) for column in range(2, 7)]
        cells = [money(total, currency) for total in totals]
        table.add_row("", "all products", *cells, style="bold")
        bought, paid, invoices, total = settled[currency]
        for name, amount in (
            ("bought into commits", bought),
            ("paid from commits and credits", paid),
            (f"to pay on {invoices} invoices", total),
        ):
            if amount:
                table.add_row("", name, "", "", "", "", money(amount, currency), style="dim")
        table.add_row()
    legend = Text(
        "Final invoices, before commits and credits. Usage stands in the month its period ended in,"
        " late usage in the month it belongs to, fees in advance in the month they begin in.",
        style="dim",
    )
    return Group(table, legend)


def largest(marts: Marts) -> RenderableType | None:
    """The largest final invoices of each currency."""
    rows = marts.rows(figures.LARGEST, "invoices")
    if not rows:
        return None
    table = table_of(
        "number",
        "customer",
        "type",
        "period or date",
        "",
        "charged",
        "covered",
        "to pay",
        numbers=3,
    )
    for number, customer, kind, period, currency, *amounts in rows:
        table.add_row(
            number, customer, kind, period, currency, *(money(a, currency) for a in amounts)
        )
    return table


def drafts(marts: Marts) -> RenderableType | None:
    """Open periods: totals per currency and the largest of each."""
    totals = marts.rows(figures.DRAFTS, "invoices", "invoice_lines")
    if not totals:
        return None
    told = "; ".join(
        f"{count} drafts in {currency}: {money(charged, currency)} charged, "
        f"{money(total, currency)} to pay"
        for currency, count, charged, total in totals
    )
    table = table_of("draft", "period", "final from", "", "charged", "covered", "to pay", numbers=3)
    for invoice, period, final, currency, *amounts in marts.rows(figures.LARGEST_DRAFTS):
        table.add_row(invoice, period, final[:16], currency, *(money(a, currency) for a in amounts))
    return Group(Text(told), table)


def late(marts: Marts) -> RenderableType | None:
    """Late lines: which final invoice they correct and which one carries them."""
    rows = marts.rows(figures.LATE, "invoices", "invoice_lines")
    if not rows:
        return None
    table = table_of("belongs to", "billed on", "customer", "", "products", "lines", "", numbers=3)
    for corrected, carrier, customer, products, lines, currency, amount in rows:
        table.add_row(
            corrected, carrier, customer, currency, str(products), str(lines),
            money(amount, currency),
        )  # fmt: skip
    totals = marts.rows(figures.LATE_TOTALS)
    told = ", ".join(
        f"{currency} {money(amount, currency)} on {count} invoices"
        for currency, count, amount in totals
    )
    return Group(
        Text(f"Final invoices never change. What came later was billed once, on the next: {told}."),
        table,
    )


def balances(marts: Marts) -> RenderableType | None:
    """Every balance: granted = applied + expired + remaining, with a bar of the three."""
    rows = marts.rows(figures.BALANCES, "commit_balances")
    if not rows:
        return None
    table = table_of(
        "balance", "type", "until", "", "granted", "applied", "expired", "remaining", numbers=4
    )
    table.columns[0].no_wrap = True
    table.add_column("")
    for commit, kind, unit, granted, final, draft, expired, remaining, end in rows:
        amounts = (granted, final + draft, expired, remaining)
        table.add_row(
            commit, kind, str(end), unit,
            *(money(amount, unit) for amount in amounts),
            _bar(granted, final + draft, expired),
        )  # fmt: skip
    legend = Text.assemble(
        ("█ applied, drafts included  ", "green"), ("█ expired  ", "red"), ("░ remaining", "dim")
    )
    return Group(table, legend)


def _bar(granted: Decimal, applied: Decimal, expired: Decimal, width: int = 16) -> Text:
    if not granted:
        return Text("")
    used = round(width * applied / granted)
    lost = min(round(width * expired / granted), width - used)
    return Text.assemble(
        ("█" * used, "green"), ("█" * lost, "red"), ("░" * (width - used - lost), "dim")
    )


def outcomes(marts: Marts) -> RenderableType | None:
    """Event outcomes by source, rejections with their reasons."""
    rows = marts.rows(figures.OUTCOMES, "event_outcomes")
    if not rows:
        return None
    table = table_of(
        "outcome", "meaning", "gateway", "cluster", "relay", "database", "all", numbers=5
    )
    for outcome, *counts in rows:
        code = outcome.removeprefix("rejected:")
        meaning = OUTCOMES.get(outcome) or REASONS.get(code, "")
        style = "" if outcome == "metered" else "red" if code != outcome else "yellow"
        table.add_row(Text(outcome, style=style), meaning, *(f"{int(count):,}" for count in counts))
    total = sum(int(row[-1]) for row in rows)
    table.add_row("", "", "", "", "", "", f"{total:,}", style="bold")
    return table


def unbilled(marts: Marts) -> RenderableType | None:
    """Usage without a rate, not entitled, or of no product."""
    parts: list[RenderableType] = []
    rows = marts.rows(figures.UNRATED, "unrated_usage")
    if rows:
        table = table_of(
            "reason", "product", "group", "contracts", "quantity", "first in", numbers=3
        )
        for reason, product, group, contracts, quantity, first in rows:
            style = "yellow" if reason == "no_rate" else "dim"
            table.add_row(
                Text(reason, style=style), product, group, str(contracts), plain(quantity), first
            )
        parts.append(table)
    types = marts.rows(figures.UNBILLED_TYPES, "unbilled_event_types")
    if types:
        told = ", ".join(
            f"{kind} ({int(events):,} events, {count} contracts)" for kind, count, events in types
        )
        parts.append(Text(f"Event types that no product of the contract bills: {told}"))
    for prop, reason, events, contracts, example in marts.rows(
        figures.BAD_QUANTITIES, "bad_quantities"
    ):
        what = "was missing" if reason == "missing" else "was not a number"
        parts.append(
            Text(
                f"{prop} {what} in {int(events)} events of {contracts} contracts (one is"
                f" {example}): counted as nothing, never guessed"
            )
        )
    drift = marts.rows(figures.DRIFT, "event_schema_drift")
    if drift:
        told = "; ".join(
            f"{kind}.{name} {sent if sent == 'absent' else f'sent as {sent}'} in"
            f" {int(events):,} ({rules})"
            for kind, name, sent, rules, events in drift
        )
        parts.append(Text(f"Events that landed and break the schema of their type: {told}"))
    for checked, wrong in marts.rows(figures.RECONCILED, "reconciliation"):
        verdict = "all add up" if wrong == 0 else f"{wrong} DO NOT ADD UP"
        parts.append(
            Text(
                "Metered = billed + billed late + without a rate + not entitled, for each contract,"
                f" product and period: {checked:,} checked, {verdict}",
                style="green" if wrong == 0 else "red",
            )
        )
    return Group(*parts) if parts else None
