"""What Python and the models both need is the same in both.

Guards against an invoice number, a boundary of a period or the roll-up of a metric's days that two
places write and one of them changes.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from meterhouse.common.periods import (
    FREQUENCIES,
    Step,
    anchor_sql,
    boundary_sql,
    step_sql,
    steps_between_sql,
)
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.ledger.numbers import (
    NUMBER_ORDER,
    as_credit_note_number,
    as_invoice_number,
    credit_note_number,
    credit_note_number_sql,
    invoice_number,
    invoice_number_sql,
)
from meterhouse.metrics.declaration import AGGREGATIONS, ROLLUPS, rollup_of
from meterhouse.metrics.model_columns import empty_table, model_columns
from raw_events.common.sql import identifier, literal, literals

DATES = st.dates(date(1999, 1, 1), date(2101, 12, 31))


def macro(path: str, name: str = "") -> Callable[..., str]:
    """A macro of the project by its file, `return` included; it uses none of another file."""
    environment = Environment(extensions=["jinja2.ext.do"])
    name = name or Path(path).stem
    returned: list = []
    template = environment.from_string(
        (DBT_PROJECT / "macros" / path).read_text("utf-8"), {"return": returned.append}
    )
    called = getattr(template.module, name)

    def call(*arguments: object) -> object:
        returned.clear()
        text = called(*arguments)
        return returned[0] if returned else text.strip()

    return call


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def one(con: duckdb.DuckDBPyConnection, expression: str) -> object:
    [(value,)] = con.execute(f"select {expression}").fetchall()
    return value


@given(number=st.integers(0, 10**12))
def test_invoice_numbers_are_written_alike(con: duckdb.DuckDBPyConnection, number: int):
    written = invoice_number(number)
    assert one(con, macro("invoices/invoice_number.sql")(f"{number}::bigint")) == written
    assert one(con, invoice_number_sql(f"{number}::bigint")) == written
    assert one(con, macro("invoices/number_of_invoice.sql")(literal(written))) == number
    assert {as_invoice_number(text) for text in (written, written.lower(), str(number))} == {
        written
    }


@given(number=st.integers(0, 10**12))
def test_credit_note_numbers_are_written_alike(con: duckdb.DuckDBPyConnection, number: int):
    """S-55."""
    written = credit_note_number(number)
    assert one(con, macro("invoices/credit_note_number.sql")(f"{number}::bigint")) == written
    assert one(con, credit_note_number_sql(f"{number}::bigint")) == written
    assert {as_credit_note_number(text) for text in (written, f"cn-{number}")} == {written}
    assert as_credit_note_number(str(number)) is None


@pytest.mark.parametrize(
    ("invoice_id", "next_one"),
    [
        ("acme-1.usage.2026-01-01", "acme-1.usage.2026-01-01.r2"),
        ("acme-1.usage.2026-01-01.r9", "acme-1.usage.2026-01-01.r10"),
        ("a.r2.scheduled.2026-01-01.2", "a.r2.scheduled.2026-01-01.2.r2"),
        ("a.r2.scheduled.2026-01-01.2.r2", "a.r2.scheduled.2026-01-01.2.r3"),
    ],
)
def test_the_next_revision_is_that_of_the_invoice(con, invoice_id: str, next_one: str):
    """S-50: not of the contract, whose id may end alike."""
    next_revision = macro("invoices/revision.sql", "next_revision")
    assert one(con, next_revision(literal(invoice_id))) == next_one


def test_invoices_are_numbered_in_one_order():
    order = macro("invoices/invoice_number_order.sql")("due")
    assert order == ", ".join(f"due.{column}" for column in NUMBER_ORDER)


def test_no_other_file_writes_an_invoice_number():
    own = {"meterhouse/ledger/numbers.py", "dbt_project/macros/invoices/invoice_number.sql"}
    root = DBT_PROJECT.parent
    files = [*(root / "meterhouse").rglob("*.py"), *(DBT_PROJECT / "models").rglob("*.sql")]
    files += [*(DBT_PROJECT / "macros").rglob("*.sql"), *(DBT_PROJECT / "tests").rglob("*.sql")]
    writing = {
        path.relative_to(root).as_posix()
        for path in files
        if "INV-%" in (text := path.read_text("utf-8")) or "INV-{" in text
    }
    assert writing == own


def boundary(anchor_on: date, step: Step, number: int) -> date:
    """As a person counts it (S-3)."""
    year, month = divmod(anchor_on.year * 12 + anchor_on.month - 1 + number * step.months, 12)
    in_month = date(year, month + 1, min(anchor_on.day, monthrange(year, month + 1)[1]))
    return in_month + timedelta(number * step.days)


def calendar_anchor(starting_on: date, step: Step) -> date:
    """The anchor of `first_of_month`."""
    if not step.months:
        return starting_on - timedelta(starting_on.weekday())
    return date(starting_on.year, (starting_on.month - 1) // step.months * step.months + 1, 1)


@given(
    starting_on=DATES,
    frequency=st.sampled_from(sorted(FREQUENCIES)),
    anchored=st.sampled_from(["first_of_month", "contract_start"]),
    number=st.integers(0, 400),
)
def test_boundaries_are_counted_alike(
    con: duckdb.DuckDBPyConnection, starting_on: date, frequency: str, anchored: str, number: int
):
    step = FREQUENCIES[frequency]
    start, name = f"date '{starting_on}'", literal(frequency)
    assert one(con, step_sql(name)) == asdict(step)
    assert one(con, macro("calendar/period_step.sql")(name)) == asdict(step)
    step_text = f"({step_sql(name)})"
    is_own = anchored == "contract_start"
    anchor = starting_on if is_own else calendar_anchor(starting_on, step)
    given_anchor = (start, literal(anchored), step_text)
    assert one(con, anchor_sql(*given_anchor)) == anchor
    assert one(con, macro("calendar/period_anchor.sql")(*given_anchor)) == anchor
    asked = (f"date '{anchor}'", step_text, f"{number} - 1 + 1")
    expected = boundary(anchor, step, number)
    assert one(con, boundary_sql(*asked)) == expected
    assert one(con, macro("calendar/period_boundary.sql")(*asked)) == expected
    between = (f"date '{anchor}'", f"date '{expected}'", step_text)
    assert one(con, steps_between_sql(*between)) == number
    assert one(con, macro("calendar/steps_between.sql")(*between)) == number


@given(anchor=DATES, step=st.sampled_from(list(FREQUENCIES.values())), number=st.integers(0, 99))
def test_periods_follow_one_another_from_the_anchor(anchor: date, step: Step, number: int):
    """No gap and no drift: a boundary is on the anchor's day or, if less, its month's last."""
    here, after = boundary(anchor, step, number), boundary(anchor, step, number + 1)
    assert here < after
    if not step.months:
        assert (after - here).days == step.days
        assert here.weekday() == anchor.weekday()
        return
    assert (after.year - here.year) * 12 + after.month - here.month == step.months
    assert here.day == anchor.day or ((here + timedelta(1)).day == 1 and here.day < anchor.day)


@pytest.mark.parametrize(
    ("frequency", "first"),
    [
        ("weekly", date(2026, 5, 11)),
        ("monthly", date(2026, 5, 1)),
        ("every_two_months", date(2026, 5, 1)),
        ("quarterly", date(2026, 4, 1)),
        ("semiannual", date(2026, 1, 1)),
        ("annual", date(2026, 1, 1)),
    ],
)
def test_the_calendar_begins_periods_on_its_own_days(frequency: str, first: date):
    """S-3: Mondays, and the first of every nth month counted from January; 17 May is a Sunday."""
    assert calendar_anchor(date(2026, 5, 17), FREQUENCIES[frequency]) == first


def test_days_roll_up_alike():
    rolled_up = macro("metrics/metric_rollup.sql")
    for name in AGGREGATIONS:
        assert rolled_up({"aggregation": name}) == rollup_of({"aggregation": name})
    for name in ROLLUPS:
        assert rolled_up({"rollup": name}) == rollup_of({"rollup": name}) == name
        # What the key was called up to 0.1.
        assert rolled_up({"combine": name}) == rollup_of({"combine": name}) == name


def test_every_roll_up_is_one_that_the_models_know():
    model = (DBT_PROJECT / "models" / "usage" / "cumulative_usage.sql").read_text("utf-8")
    for name in {*ROLLUPS, *(rollup_of({"aggregation": name}) for name in AGGREGATIONS)}:
        assert f"'{name}'" in model, name


@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_quoted_text_is_that_text(con: duckdb.DuckDBPyConnection, text: str):
    assert one(con, literal(text)) == text
    assert one(con, f"[{literals([text, text])}]") == [text, text]
    if text:
        assert con.sql(f"select 1 as {identifier(text)}").columns == [text]


def test_a_stand_in_for_a_model_has_its_columns(con: duckdb.DuckDBPyConnection):
    con.execute("create schema calendar")
    con.execute(empty_table("calendar", "due_windows"))
    columns = con.sql("from calendar.due_windows").columns
    assert columns == list(model_columns("calendar", "due_windows"))
