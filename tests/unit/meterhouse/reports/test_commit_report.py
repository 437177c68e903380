"""`meterhouse commit`: guards against a chart that misleads and a page that hides an amount."""

import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from meterhouse.reports.burndown_chart import AHEAD, HEIGHT, SEEN, WIDTH, draw_burndown
from meterhouse.reports.commit import _outlook, print_commit
from meterhouse.reports.errors import CommitNotFound, NothingPublished

START = date(2026, 1, 1)


def days(*balances: int) -> list[tuple[date, Decimal]]:
    return [(START + timedelta(days=place), Decimal(left)) for place, left in enumerate(balances)]


def columns(lines: list[str]) -> list[str]:
    width = len(lines[HEIGHT])
    return ["".join(line.ljust(width)[place] for line in lines[:HEIGHT]) for place in range(width)]


def test_a_column_is_a_day_and_the_pace_goes_on():
    chart = draw_burndown(days(80, 60, 40), START + timedelta(days=6), Decimal(20), Decimal(80))
    assert [column.count(SEEN) + column.count(AHEAD) for column in columns(chart)] == [
        8,
        6,
        4,
        2,
        0,
        0,
    ]
    assert [set(column.strip()) for column in columns(chart)][:4] == [
        {SEEN},
        {SEEN},
        {SEEN},
        {AHEAD},
    ]


def test_something_left_is_never_drawn_as_nothing():
    chart = draw_burndown(days(1, 0), START + timedelta(days=2), Decimal(0), Decimal(1000))
    assert [column.count(SEEN) for column in columns(chart)] == [1, 0]


def test_a_long_commit_fits():
    chart = draw_burndown(
        days(*range(365, 0, -1)), START + timedelta(days=365), Decimal(1), Decimal(365)
    )
    assert max(len(line) for line in chart) <= WIDTH
    assert chart[-1].startswith("2026-01-01") and chart[-1].endswith("2026-12-31")


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    tables = {
        "commit_balances": "'k' as commit_id, 'acme-1' as contract_id, 1 as segment,"
        " 'prepaid' as type, 'USD' as pricing_unit, date '2026-01-01' as starting_on,"
        " date '2026-01-05' as ending_before, 100::decimal(20, 4) as granted,"
        " 25.5::decimal(20, 4) as applied_finalized, 24.5::decimal(20, 4) as applied_draft,"
        " 0::decimal(20, 4) as expired, 50::decimal(20, 4) as remaining",
        "commit_ledger": "'k' as commit_id, 1 as segment, 1 as entry_number, 'grant' as entry_type,"
        " date '2026-01-01' as entry_on, 100::decimal(20, 4) as amount, 100::decimal(20, 4) as"
        " balance, null as invoice_id, null as invoice_number, null as invoice_status,"
        " null::integer as line_number",
        "commit_burndown": "'k' as commit_id, 1 as segment, date '2026-01-02' as burned_on,"
        " 50::decimal(20, 4) as balance, 25::decimal(20, 4) as daily_pace,"
        " date '2026-01-04' as runs_out_on, 0::decimal(20, 4) as projected_overage,"
        " 0::decimal(20, 4) as projected_unused",
    }
    for name, columns_ in tables.items():
        duckdb.sql(f"copy (select {columns_}) to '{tmp_path}/{name}.parquet'")
    return tmp_path


def test_the_page_says_what_is_left_and_when_it_runs_out(marts):
    page = io.StringIO()
    print_commit(marts, "k", Console(file=page))
    for text in ("prepaid commit", "25.50", "24.50", "runs out on 2026-01-04", "granted"):
        assert text in page.getvalue()


@pytest.mark.parametrize(
    ("payment", "invoice", "paid_on", "serves_from", "said"),
    [
        ("waiting for payment", "null", "null", "null", "gives nothing until its purchase is paid"),
        ("waiting for payment", "'i1'", "null", "null", "gives nothing until invoice i1 is paid"),
        ("paid", "'i1'", "date '2026-01-02'", "date '2026-01-03'",
         "paid on 2026-01-02: it gives balance from 2026-01-03 on"),
        ("paid", "'i1'", "date '2026-02-01'", "null", "after its last day: it gives nothing"),
        ("payment taken back", "'i2'", "null", "date '2026-01-03'",
         "gives nothing more until invoice i2 is paid"),
    ],
)  # fmt: skip
def test_the_page_says_what_a_commit_waits_for(marts, payment, invoice, paid_on, serves_from, said):
    """S-73."""
    file = f"{marts}/commit_balances.parquet"
    duckdb.sql(
        f"create table waiting as select *, '{payment}' as payment,"
        f" {invoice}::varchar as purchase_invoice_id, {paid_on}::date as paid_on,"
        f" {serves_from}::date as serves_from from '{file}';"
        f" copy waiting to '{file}'; drop table waiting"
    )
    page = io.StringIO()
    print_commit(marts, "k", Console(file=page, width=200))
    assert said in page.getvalue()


@pytest.mark.parametrize(
    ("type_", "burned_on", "left", "runs_out_on", "said"),
    [
        ("credit", 2, 50, 4, "it runs out on 2026-01-04; at that pace 7.00 more by its last day"),
        ("credit", 2, 50, None, "At 25.00 a day it lasts; on its last day, 2026-01-09, 8.00 are"),
        ("credit", 9, 50, None, "On its last day, 2026-01-09, 8.00 are unused"),
        ("credit", 9, 0, 4, "It ran out on 2026-01-04, at 25.00 a day"),
        ("postpaid", 2, 50, 4, "it is reached on 2026-01-04"),
        ("postpaid", 2, 50, None, "it is not reached; on its last day, 2026-01-09, 8.00 are mis"),
        ("postpaid", 2, 0, 2, "It was reached on 2026-01-02"),
    ],
)
def test_the_outlook_is_a_sentence(type_, burned_on, left, runs_out_on, said):
    balance = {"type": type_, "ending_before": date(2026, 1, 10)}
    last = {
        "burned_on": date(2026, 1, burned_on),
        "balance": Decimal(left),
        "daily_pace": Decimal("25.0000"),
        "runs_out_on": runs_out_on and date(2026, 1, runs_out_on),
        "projected_overage": Decimal(7),
        "projected_unused": Decimal(8),
    }
    assert said in _outlook(balance, last, 2)


def test_an_unknown_commit_names_those_that_come_near(marts):
    with pytest.raises(CommitNotFound, match=r"contract acme-1"):
        print_commit(marts, "kk")
    with pytest.raises(CommitNotFound, match="is a contract"):
        print_commit(marts, "acme-1")


def test_a_commit_that_went_with_its_invoice_names_the_void(marts):
    """What a threshold bought is in the ledger alone, and gone with its invoice (S-58)."""
    line = "'commit_purchase' as line_type, 'c.scheduled.2026-01-03' as invoice_id"
    duckdb.sql(
        f"copy (select 'c.t.2' as commit_id, 'void' as status, {line} union all by name"
        f" select 'k9' as commit_id, 'finalized' as status, {line})"
        f" to '{marts}/invoice_lines.parquet'"
    )
    duckdb.sql(
        "copy (select 'c.scheduled.2026-01-03' as invoice_id, 'INV-000007' as invoice_number,"
        f" 'CN-000002' as credit_note_number) to '{marts}/credit_notes.parquet'"
    )
    with pytest.raises(CommitNotFound, match=r"INV-000007, is void \(credit note CN-000002\)"):
        print_commit(marts, "c.t.2")
    with pytest.raises(CommitNotFound, match="There is no commit 'k9'"):
        print_commit(marts, "k9")


def test_before_the_first_run_it_says_what_to_do(tmp_path):
    with pytest.raises(NothingPublished, match="meterhouse run"):
        print_commit(tmp_path, "k")
