"""Each rule of the price book is broken by a test, and says what follows from it (S-46).

Guards against a rule that is added without a case: it might stay silent for ever.
"""

import re
from pathlib import Path

from meterhouse.price_book import checks, kinds
from meterhouse.price_book.checks import alerts, at_once, ledger, products
from meterhouse.price_book.columns import Column

HERE = Path(__file__).parent
RULES = (
    *checks.RULES, *products.METRIC_RULES, *alerts.METRIC_RULES, *ledger.RULES,
    *checks.WARNINGS, *checks.METRIC_WARNINGS,
)  # fmt: skip
# What a single cell can have wrong; each kind with a bound and a choice.
FAULTS = [
    fault
    for kind in kinds._KINDS
    for fault in kinds.find_faults(Column("cell", kind, True, None, ("a",), None, 0, 0, 9))
]


def words_of_tests() -> set[str]:
    """Every name that the cases of this folder expect."""
    cases = "".join(
        path.read_text("utf-8") for path in HERE.glob("*.py") if path.name not in __file__
    )
    return set(re.findall(r"\w+", cases))


def test_every_rule_has_a_case():
    names = {rule.name for rule in RULES} | {fault.rule for fault in FAULTS} | {at_once.RULE}
    assert len(names) > 60
    assert not names - words_of_tests()


def test_every_rule_says_what_to_do():
    assert all(rule.message.endswith(".") and rule.next_step.endswith(".") for rule in RULES)
