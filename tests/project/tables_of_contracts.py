"""How each model is kept, and of which contracts a table has rows (decision 0385)."""

import re
from dataclasses import dataclass
from pathlib import Path

from meterhouse.common.settings import DBT_PROJECT

# From the first that computes contracts to the drafts.
LAYERS = ("calendar", "metrics", "usage", "rating", "commits", "invoices", "alerts", "revenue")
# Of these layers, but not of single contracts, or of all of them whatever a run computes.
OF_NO_CONTRACT = {
    "billable_metrics",
    "changed_invoices",
    "contracts_on_hold",
    "contracts_to_rate",
    "due_carry_days",
    # what a payment opens, of all: few contracts have such commits
    "gate_changes",
    "gate_facts",
    "gate_states",
    "gate_stretches",
    "lookup_digests",
    # what was told before is in the log of alerts
    "new_alert_events",
    "payment_amounts",
    "payment_states",
    "payments",
    "sent_invoices",
    "unknown_payments",
}


@dataclass(frozen=True)
class Model:
    """Its file, layer and SQL, how it is kept, and the models that it names."""

    path: Path
    kept: str

    @property
    def layer(self) -> str:
        return self.path.relative_to(DBT_PROJECT / "models").parts[0]

    @property
    def sql(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def refs(self) -> set[str]:
        return set(re.findall(r"ref\('(\w+)'", self.sql))


def _models() -> dict[str, Model]:
    found = {}
    for path in (DBT_PROJECT / "models").rglob("*.sql"):
        kept = re.search(r"materialized='(\w+)'", path.read_text("utf-8"))
        found[path.stem] = Model(path, kept.group(1) if kept else "table")
    return found


MODELS = _models()
OF_ALL = sorted(name for name, model in MODELS.items() if model.kept == "by_contract")
# Tables that have the rows of the contracts that the run computes, and of no others.
OF_SOME = {
    name
    for name, model in MODELS.items()
    if model.layer in LAYERS and model.layer != "metrics" and model.kept == "table"
} - OF_NO_CONTRACT


def read_by(name: str) -> set[str]:
    """The tables that a model reads, also through views."""
    found = set()
    for ref in MODELS[name].refs & MODELS.keys():
        found |= read_by(ref) if MODELS[ref].kept == "view" else {ref}
    return found
