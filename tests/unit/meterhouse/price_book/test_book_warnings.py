"""Rows that can never have an effect, or that mislead: told, and the book loads (S-11, S-29, S-38).

Guards against a warning that stays silent, that is told of a row with an effect, or that a list of
a million contracts buries.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import duckdb
import pytest

from meterhouse.price_book import PriceBookError, check_periods_at_once, warning_lines
from tests.unit.meterhouse.price_book.conftest import BOOK, METRICS

ADVANCE = ("commit_applies_to", 0, {"product_id": "seat", "pricing_group": ""})
MISLEADING = {
    "a share that is added up over regions": (
        (("product_metrics", 1, {"metric": "error_share"}),),
        ("products.csv", 3, "pricing_group_keys", "sum_of_what_does_not_add_up"),
    ),
    "an override of a fixed product": (
        (("contract_overrides", 0, {"product_id": "fee"}),),
        ("contract_overrides.csv", 2, "product_id", "override_of_fixed_product"),
    ),
    "an override of a tag that only fixed products carry": (
        (("products", 3, {"tags": "once"}), ("contract_overrides", 1, {"tag": "once"})),
        ("contract_overrides.csv", 3, "product_id", "override_of_fixed_product"),
    ),
    "a commit for seats in advance": (
        (ADVANCE, ("commit_applies_to", 1, {"product_id": "fee", "tag": ""})),
        ("commit_applies_to.csv", 2, "product_id", "commit_covers_nothing"),
    ),
    "a commit for what the card does not sell": (
        (
            ("commits", 0, {"contract_id": "c2", "rate_type": ""}),
            ("commit_access", 1, {"starting_on": "2026-07-01"}),
            ("commit_applies_to", 1, {"product_id": "tokens", "tag": ""}),
        ),
        ("commit_applies_to.csv", 2, "product_id", "commit_covers_nothing"),
    ),
    "a percentage of seats in advance": (
        (("composite_products", 0, {"applies_to_product_id": "seat", "applies_to_tag": ""}),),
        ("composite_products.csv", 2, "applies_to_product_id", "composite_of_nothing"),
    ),
    "a quantity after the subscription's end": (
        (("subscriptions", 0, {"ending_before": "2026-02-01"}),),
        ("subscription_quantities.csv", 2, "effective_on", "quantity_after_end"),
    ),
    "a quantity after the contract's end": (
        (("contracts", 0, {"ending_before": "2026-02-01"}),
         ("commit_access", 1, {"starting_on": "2026-01-01"})),
        ("subscription_quantities.csv", 2, "effective_on", "quantity_after_end"),
    ),
    "an override before the contract": (
        (("contract_overrides", 1, {"starting_on": "2025-01-01", "ending_before": "2026-01-01"}),),
        ("contract_overrides.csv", 3, "starting_on", "override_outside_contract"),
    ),
    "a segment before the contract": (
        (("commit_access", 3, {"starting_on": "2025-01-01", "ending_before": "2026-01-01"}),),
        ("commit_access.csv", 5, "starting_on", "access_outside_contract"),
    ),
    "a refund of what is charged in arrears": (
        (("subscriptions", 0, {"collection": "arrears", "refund_unused": "true"}),),
        ("subscriptions.csv", 2, "refund_unused", "refund_in_arrears"),
    ),
    "a cap of a subscription in advance": (
        (("period_limits", 1, {"applies_to_product_id": "seat"}),),
        ("period_limits.csv", 3, "applies_to_product_id", "limit_counts_nothing"),
    ),
    "a minimum of what the card does not sell": (
        (("period_limits", 1, {"contract_id": "c2", "applies_to_product_id": "tokens"}),),
        ("period_limits.csv", 3, "applies_to_product_id", "limit_counts_nothing"),
    ),
    "a cap before the contract": (
        (("period_limits", 1, {"starting_on": "2025-01-01", "ending_before": "2026-01-01"}),),
        ("period_limits.csv", 3, "starting_on", "limit_outside_contract"),
    ),
    "a subscription before the contract": (
        (
            ("subscriptions", 0, {"ending_before": "2026-01-01"}),
            ("subscription_quantities", 0, {"effective_on": "2025-07-01"}),
        ),
        ("subscriptions.csv", 2, "starting_on", "subscription_outside_contract"),
    ),
    "a charge before the contract": (
        (("scheduled_charges", 0, {"charge_on": "2025-12-31"}),),
        ("scheduled_charges.csv", 2, "charge_on", "charge_outside_contract"),
    ),
    "a charge on the day the contract ends": (
        (("scheduled_charges", 0, {"contract_id": "c2", "charge_on": "2027-01-15"}),),
        ("scheduled_charges.csv", 2, "charge_on", "charge_outside_contract"),
    ),
}  # fmt: skip
SILENT = {
    "the book as it is": (),
    "a share that is priced by its region": (
        ("product_metrics", 1, {"metric": "error_share"}),
        ("products", 1, {"pricing_group_keys": "region"}),
    ),
    "a commit for seats in arrears": (
        ADVANCE,
        ("commit_applies_to", 1, {"product_id": "fee", "tag": ""}),
        ("subscriptions", 0, {"collection": "arrears"}),
    ),
    "a commit for seats in advance and usage": (ADVANCE,),
    "a refund of what is charged in advance": (("subscriptions", 0, {"refund_unused": "true"}),),
    "a commit for a pricing group of anything": (
        ADVANCE,
        ("commit_applies_to", 1, {"tag": "", "pricing_group": '{"region":"eu"}'}),
    ),
    "a percentage of seats in arrears": (
        ("composite_products", 0, {"applies_to_product_id": "seat", "applies_to_tag": ""}),
        ("subscriptions", 0, {"collection": "arrears"}),
    ),
    "a cap of a subscription in arrears": (
        ("period_limits", 1, {"applies_to_product_id": "seat"}),
        ("subscriptions", 0, {"collection": "arrears"}),
    ),
    "a version that carries, from the first day of a period": (
        ("product_metrics", None, {"product_id": "tokens", "metric": "llm_tokens", "version": "4",
                                   "starting_on": "2026-03-01"}),
    ),
    "a minimum of a percentage": (("period_limits", 1, {"applies_to_product_id": "support"}),),
    "a percentage of a tag that usage carries too": (("products", 2, {"tags": "ai"}),),
    "a charge on the contract's first day": (
        ("scheduled_charges", 0, {"charge_on": "2026-01-01"}),
    ),
    "a refund: a negative quantity": (("scheduled_charges", 0, {"quantity": "-1"}),),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "expected"), MISLEADING.values(), ids=MISLEADING.keys())
def test_a_row_that_misleads_is_told_once(load: Callable, edits: tuple, expected: tuple) -> None:
    warnings = load(*edits).warnings
    assert expected in [(each.file, each.row, each.column, each.rule) for each in warnings]
    assert all(each.message and each.next_step for each in warnings)
    assert len({(each.file, each.row, each.rule) for each in warnings}) == len(warnings)


def test_limits_that_do_something_else_than_they_say(load: Callable) -> None:
    """All in one book: their rows are independent (S-57, S-19)."""
    of_c2 = {"contract_id": "c2", "minimum_amount": "", "applies_to_tag": ""}
    book = load(
        # c2 is quarterly from 15 January, and its card prices calls in credits
        ("rates", 6, {"pricing_unit": "CR"}),
        ("pricing_unit_conversions", None, {"rate_card_id": "other"}),
        ("period_limits", None, {"limit_id": "l4", **of_c2, "maximum_amount": "50",
                                 "starting_on": "2026-01-15"}),
        ("period_limits", None, {"limit_id": "l5", "contract_id": "c1", "starting_on": "2026-07-01",
                                 "applies_to_product_id": "calls", "minimum_amount": "5000.01",
                                 "maximum_amount": ""}),
        ("period_limits", None, {"limit_id": "l6", **of_c2, "applies_to_product_id": "calls",
                                 "maximum_amount": "5.001", "starting_on": "2026-01-16",
                                 "ending_before": "2026-04-15"}),
        # two that are right: the tag's minimum is below the cap, its dates hold 1 March
        ("period_limits", None, {"limit_id": "l7", "contract_id": "c1", "minimum_amount": "20",
                                 "applies_to_product_id": "", "maximum_amount": "",
                                 "applies_to_tag": "api", "starting_on": "2026-02-02",
                                 "ending_before": "2026-03-02"}),
        ("product_metrics", None, {"product_id": "tokens", "metric": "llm_tokens", "version": "4",
                                   "starting_on": "2026-03-10"}),
    )  # fmt: skip
    found = {(each.file, each.row, each.column, each.rule) for each in book.warnings}
    assert found == {
        ("period_limits.csv", 5, "applies_to_product_id", "limit_of_custom_units"),
        ("period_limits.csv", 6, "minimum_amount", "minimum_above_cap"),
        ("period_limits.csv", 7, "applies_to_product_id", "limit_of_custom_units"),
        ("period_limits.csv", 7, "starting_on", "limit_in_no_period"),
        ("period_limits.csv", 7, "maximum_amount", "finer_than_currency"),
        ("product_metrics.csv", 4, "starting_on", "carry_inside_period"),
    }
    [shown] = [each for each in book.warnings if each.rule == "limit_in_no_period"]
    assert "such as 2026-04-15" in shown.next_step


@pytest.mark.parametrize("edits", SILENT.values(), ids=SILENT.keys())
def test_a_row_with_an_effect_is_not(load: Callable, edits: tuple) -> None:
    assert load(*edits).warnings == []


def test_of_many_rows_alike_some_are_shown_and_all_counted(load: Callable) -> None:
    before = {"charge_on": "2025-12-31"}
    more = [("scheduled_charges", None, {**before, "charge_id": f"y{n}"}) for n in range(4)]
    book = load(("scheduled_charges", 0, before), *more)
    lines = warning_lines(book.warnings, at_most=3)
    assert len(lines) == 4
    assert lines[0].startswith("Warning: scheduled_charges.csv, row 2, column charge_on: 2025-12")
    assert "2 more rows like that [charge_outside_contract]" in lines[-1]
    assert len(warning_lines(book.warnings, at_most=5)) == 5


@pytest.fixture
def ledger() -> duckdb.DuckDBPyConnection:
    """A ledger without invoices."""
    con = duckdb.connect()
    con.execute("create schema ledger")
    con.execute(
        "create table ledger.invoices (contract_id varchar, period_end date, invoice_type varchar,"
        " status varchar)"
    )
    return con


def test_very_many_periods_at_once_ask_to_be_confirmed(load: Callable, ledger) -> None:
    book = load(("contracts", 0, {"starting_on": "2000-01-01"}))
    check_periods_at_once(book, ledger, datetime(2099, 1, 1, tzinfo=UTC))
    ahead = datetime(2126, 1, 1, tzinfo=UTC)
    with pytest.raises(PriceBookError) as raised:
        check_periods_at_once(book, ledger, ahead)
    [found] = raised.value.problems
    place = (found.file, found.row, found.column, found.rule)
    assert place == ("contracts.csv", 2, "starting_on", "too_many_periods")
    assert "--confirm-periods c1" in found.next_step
    check_periods_at_once(book, ledger, ahead, ["c1"])
    # periods that are final are made already
    ledger.execute("insert into ledger.invoices values ('c1', '2099-01-01', 'usage', 'finalized')")
    check_periods_at_once(book, ledger, ahead)


def test_the_book_of_these_tests_uses_every_table():
    assert ("error_share", 1) in METRICS and len(BOOK) > 15
