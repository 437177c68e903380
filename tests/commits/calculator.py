"""Coverage worked out by hand, in plain decimals: line by line over balances (S-37 to S-42, S-49).

The SQL goes balance by balance over lines; S-40 says that both give the same.
"""

import json
from collections import defaultdict
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from tests.commits.book import PERIODS, RATE, TAGS, UNITS

TINY = Decimal("1e-10")


class Contract:
    """One contract of a book: `given` by (period, commit, segment) and `parts` by line rank."""

    def __init__(self, book: dict[str, list[dict]], contract: str):
        self.book = book
        self.commits = [row for row in book["commits"] if row["contract_id"] == contract]
        self.lines = [dict(row) for row in book["lines"] if row["contract_id"] == contract]
        self.balances = self._in_burn_order()
        self.given: dict[tuple, Decimal] = defaultdict(Decimal)
        self.parts: dict[int, list[tuple]] = {}
        self.conversions: dict[tuple, tuple] = {}
        for period in PERIODS:
            self._cover_period(period)

    def _in_burn_order(self) -> list[dict]:
        balances = []
        for commit in self.commits:
            rows = self._rows("commit_applies_to", commit)
            named = {row["product_id"] for row in rows if row["product_id"]} | {
                product for row in rows for product, tags in TAGS.items() if row["tag"] in tags
            }
            free = commit["type"] == "credit" or not self._rows("commit_invoices", commit)
            group_only = sum(not row["product_id"] and not row["tag"] for row in rows)
            for access in self._rows("commit_access", commit):
                order = (
                    commit["type"] == "postpaid", commit["priority"], not free, not named,
                    len(named), group_only, access["ending_before"], access["starting_on"],
                    commit["commit_id"], access["segment"],
                )  # fmt: skip
                left = access["amount"].quantize(
                    Decimal(10) ** -UNITS[commit["pricing_unit"]], ROUND_DOWN
                )
                balances.append({**commit, **access, "order": order, "rows": rows, "left": left})
        return sorted(balances, key=lambda balance: balance["order"])

    def _rows(self, table: str, commit: dict) -> list[dict]:
        return [row for row in self.book[table] if row["commit_id"] == commit["commit_id"]]

    def _cover_period(self, period: tuple) -> None:
        lines = [line for line in self.lines if line["period_start"] == period[0]]
        self._set_off(lines)
        # Conversion needs what balances of the unit leave, so its lines go first; no other line
        # shares a balance with them.
        for line in sorted(lines, key=lambda line: line["pricing_unit"] == "USD"):
            self._cover(line)
        custom = [line for line in lines if line["pricing_unit"] == "CR"]
        left = sum((line["unpaid"] for line in custom), Decimal(0))
        if custom and left:
            amount = _rounded(left * RATE, "USD")
            self.conversions[period[0]] = (left, amount)
            conversion = {
                "period_start": period[0], "service_start": period[0], "service_end": period[1],
                "product_id": None, "pricing_unit": "USD", "amount": amount,
                "coverable": max(amount, 0), "quantity": left, "unit_price": RATE,
                "commit_price": None, "line_rank": None,
            }  # fmt: skip
            self._cover(conversion)

    def _set_off(self, lines: list[dict]) -> None:
        back: dict[tuple, Decimal] = defaultdict(Decimal)
        names = ("product_id", "pricing_group", "pricing_unit", "service_start")
        group = lambda line: tuple(line[name] for name in names)  # noqa: E731
        for line in lines:
            back[group(line)] -= min(line["amount"], 0)
        for line in reversed(lines):
            taken = min(max(line["amount"], 0), back[group(line)])
            back[group(line)] -= taken
            line["coverable"] = max(line["amount"], 0) - taken

    def _cover(self, line: dict) -> None:
        parts, quantity, amount, rest = [], line["quantity"], line["amount"], line["coverable"]
        for balance in self.balances:
            if not rest or not self._applies(balance, line) or not self._left(balance):
                continue
            key = (line["period_start"], balance["commit_id"], balance["segment"])
            at_rate = balance["rate_type"] == "commit" and balance["type"] != "postpaid"
            if not at_rate or line["commit_price"] is None:
                taken = min(rest, balance["left"])
                rest -= taken
            else:
                wanted = quantity if rest == amount else _quotient(rest, line["unit_price"])
                if rest < amount:
                    parts.append((quantity - wanted, line["unit_price"], amount - rest))
                price = line["commit_price"]
                taken = min(_rounded(wanted * price, line["pricing_unit"]), balance["left"])
                if taken == _rounded(wanted * price, line["pricing_unit"]):
                    parts.append((wanted, price, taken))
                    quantity, amount, rest = Decimal(0), Decimal(0), Decimal(0)
                else:
                    part = (taken / price).quantize(TINY, ROUND_DOWN)
                    parts.append((part, price, taken))
                    quantity = wanted - part
                    amount = rest = _rounded(quantity * line["unit_price"], line["pricing_unit"])
            balance["left"] -= taken
            self.given[key] += taken
        if quantity or not parts:
            parts.append((quantity, line["unit_price"], amount))
        line["unpaid"] = line["amount"] - line["coverable"] + rest
        self.parts[line["line_rank"]] = sorted(parts)

    def _left(self, balance: dict) -> Decimal:
        """What a balance has; one that takes over what another leaves, when it is first asked.

        The line comes after all lines of the other's dates, so nothing of it is used any more.
        """
        source = balance.pop("rolls_over_from", None)
        if source is not None:
            leaves = next(
                other["left"]
                for other in self.balances
                if other["commit_id"] == balance["commit_id"] and other["segment"] == source
            )
            if balance["rollover_fraction"] is not None:
                leaves = _rounded(leaves * balance["rollover_fraction"], balance["pricing_unit"])
            balance["left"] = min(balance["left"], leaves)
        return balance["left"]

    def _applies(self, balance: dict, line: dict) -> bool:
        inside = (
            balance["starting_on"] <= line["service_start"]
            and line["service_end"] <= balance["ending_before"]
            and line["service_start"] < balance["ending_before"]
        )
        if not inside or balance["pricing_unit"] != line["pricing_unit"]:
            return False
        return not balance["rows"] or any(
            line["product_id"]
            and row["product_id"] in (None, line["product_id"])
            and (row["tag"] is None or row["tag"] in TAGS[line["product_id"]])
            and json.loads(row["pricing_group"]).items()
            <= json.loads(line["pricing_group"]).items()
            for row in balance["rows"]
        )


def _rounded(amount: Decimal, unit: str) -> Decimal:
    return amount.quantize(Decimal(10) ** -UNITS[unit], ROUND_HALF_UP)


def _quotient(numerator: Decimal, denominator: Decimal) -> Decimal:
    return (numerator / denominator).quantize(TINY, ROUND_HALF_UP)
