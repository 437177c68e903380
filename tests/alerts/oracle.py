"""Alerts once more, in plain Python: what each run of a story tells (S-76)."""

from dataclasses import dataclass, field
from decimal import Decimal

Told = tuple[int, str, str, str]


@dataclass
class Oracle:
    """What was told, by what it was of."""

    fired: set[tuple[str, str, int, Decimal]] = field(default_factory=set)
    low: set[tuple[str, str]] = field(default_factory=set)

    def run(self, number: int, alerts: list[dict], contracts: list[dict]) -> set[Told]:
        """Run, alert, contract and change of what this run tells.

        An alert has `id`, `customer`, `kind`, `threshold`, `clear_at` and `enabled`; a contract
        `id`, `customer`, `spend` (period → amount) and `left` (null: no balance).
        """
        told: set[Told] = set()
        for contract in contracts:
            for alert in _of(alerts, contract["customer"]):
                if alert["kind"] == "spend":
                    changes = self._spend(alert, contract)
                else:
                    changes = self._balance(alert, contract)
                told |= {(number, alert["id"], contract["id"], change) for change in changes}
        return told

    def _spend(self, alert: dict, contract: dict) -> list[str]:
        changes = []
        for period, amount in contract["spend"].items():
            key = (alert["id"], contract["id"], period, alert["threshold"])
            if amount >= alert["threshold"] and key not in self.fired:
                self.fired.add(key)
                changes.append("triggered")
        return changes

    def _balance(self, alert: dict, contract: dict) -> list[str]:
        left, key = contract["left"], (alert["id"], contract["id"])
        if left is None:
            return []
        if key not in self.low:
            if left <= alert["threshold"]:
                self.low.add(key)
                return ["triggered"]
            return []
        if left >= alert["clear_at"] if alert["clear_at"] else left > alert["threshold"]:
            self.low.remove(key)
            return ["resolved"]
        return []


def _of(alerts: list[dict], customer: str) -> list[dict]:
    """The alerts that watch a customer."""
    own = [alert for alert in alerts if alert["customer"] == customer]
    general = [alert for alert in alerts if alert["customer"] is None]
    ids = {alert["id"] for alert in general}
    replaced = {alert["id"] for alert in own}
    kinds = {alert["kind"] for alert in own if alert["id"] not in ids}
    found = [it for it in general if it["id"] not in replaced and it["kind"] not in kinds]
    return [alert for alert in [*own, *found] if alert["enabled"]]
